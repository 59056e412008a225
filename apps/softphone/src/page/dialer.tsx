import { useState, type ReactNode } from 'react'
import type { Line } from '../web/protocol.ts'

export interface DialerProps {
  disabled: boolean
  /** A call is on: only the field is shown. */
  compact: boolean
  lines: readonly Line[]
  dial: (target: string) => void
}

/** Where a call begins: an address to type, and lines to try with one click. */
export function Dialer({ disabled, compact, lines, dial }: DialerProps): ReactNode {
  const [target, setTarget] = useState('')
  return (
    <form
      className="card dialer"
      onSubmit={(event) => {
        event.preventDefault()
        if (!target.trim()) return
        dial(target.trim())
        setTarget('')
        // From here on the keys of the keyboard are those of the telephone.
        event.currentTarget.querySelector('input')?.blur()
      }}
    >
      <label htmlFor="target">{compact ? 'Call someone else' : 'Call'}</label>
      <div className="row">
        <input
          id="target"
          value={target}
          onChange={(event) => setTarget(event.target.value)}
          placeholder="bob, bob@example.com"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={512}
          autoFocus
        />
        <button className="go" type="submit" disabled={disabled || !target.trim()}>
          Call
        </button>
      </div>
      {!compact && lines.length > 0 && (
        <ul className="lines">
          {lines.map((line) => (
            <li key={line.uri}>
              <button type="button" disabled={disabled} onClick={() => dial(line.uri)}>
                <strong>{line.label}</strong>
                <span className="quiet">{line.hint}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </form>
  )
}
