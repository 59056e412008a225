import { useEffect, type ReactNode } from 'react'

const keys: readonly (readonly [digit: string, letters: string])[] = [
  ['1', ''],
  ['2', 'abc'],
  ['3', 'def'],
  ['4', 'ghi'],
  ['5', 'jkl'],
  ['6', 'mno'],
  ['7', 'pqrs'],
  ['8', 'tuv'],
  ['9', 'wxyz'],
  ['*', ''],
  ['0', '+'],
  ['#', ''],
]

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement
}

/** The keys of a telephone; the keyboard's digits do the same while no field has the cursor. */
export function Keypad({ press }: { press: (digit: string) => void }): ReactNode {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return
      if (/^[0-9*#]$/.test(event.key)) press(event.key)
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [press])

  return (
    <div className="keypad" role="group" aria-label="Keypad">
      {keys.map(([digit, letters]) => (
        <button key={digit} type="button" aria-label={digit} onClick={() => press(digit)}>
          {digit}
          <small aria-hidden="true">{letters || '\u00a0'}</small>
        </button>
      ))}
    </div>
  )
}
