import { type FormEvent, type ReactNode, useState } from 'react'
import type { CallView, Command } from '../web/protocol.ts'
import type { AudioEngine } from './audio/engine.ts'
import { Keypad } from './keypad.tsx'
import { useStore } from './store.ts'
import { clock, useNow } from './time.ts'

export interface CallCardProps {
  call: CallView
  /** The other calls that are answered. */
  others: readonly CallView[]
  /** The digits the other side sent. */
  heard: string
  audio: AudioEngine
  /** Another page has the sound. */
  soundElsewhere: boolean
  send: (command: Command) => void
  /** Sends a command that needs sound: opens microphone and loudspeaker first. */
  withSound: (command: Command) => void
}

const stateText = { calling: 'Calling', ringing: 'Ringing', answered: 'In call' } as const

/** One call: who, how long, and what can be done with it. */
export function CallCard({ call, others, heard, audio, soundElsewhere, send, withSound }: CallCardProps): ReactNode {
  const incoming = call.direction === 'in' && call.state === 'ringing'
  return (
    <article className={`card call ${incoming ? 'incoming' : call.state}`} aria-label={`Call with ${call.remote}`}>
      <div className="row spread">
        <div>
          <h2>{call.remote}</h2>
          <p className="quiet" role="status">
            {incoming ? 'is calling' : stateText[call.state]}
            {call.codec && call.state === 'answered' && ` · ${call.codec}`}
            {call.held && ' · on hold'}
            {call.heldByPeer && ' · they put you on hold'}
          </p>
        </div>
        {call.state === 'answered' && <Timer since={call.answeredAt ?? call.since} />}
      </div>
      {call.state === 'answered' && call.focus && (
        <>
          <Sound audio={audio} elsewhere={soundElsewhere} claim={() => withSound({ type: 'audio' })} />
          {heard && (
            <p className="heard">
              They pressed <strong>{heard}</strong>
            </p>
          )}
          <Keypad press={(digit) => send({ type: 'dtmf', call: call.id, digits: digit })} />
        </>
      )}
      {call.state === 'answered' && (
        <>
          <HandOver give={(target) => send({ type: 'transfer', call: call.id, target })} />
          {others.map(({ id, remote }) => (
            <button
              key={id}
              className="connect"
              type="button"
              onClick={() => send({ type: 'connect', call: call.id, other: id })}
            >
              Hand over to {remote}
            </button>
          ))}
        </>
      )}
      <div className="row actions">
        {call.state === 'answered' && (
          <button type="button" onClick={() => send({ type: call.held ? 'resume' : 'hold', call: call.id })}>
            {call.held ? 'Take back' : 'Hold'}
          </button>
        )}
        {incoming && (
          <button className="go" type="button" autoFocus onClick={() => withSound({ type: 'answer', call: call.id })}>
            Answer
          </button>
        )}
        <button
          className="stop"
          type="button"
          onClick={() => send({ type: incoming ? 'reject' : 'hangup', call: call.id })}
        >
          {incoming ? 'Decline' : call.state === 'answered' ? 'Hang up' : 'Cancel'}
        </button>
      </div>
    </article>
  )
}

/** Somebody else to talk to the other side instead of us. */
function HandOver({ give }: { give: (target: string) => void }): ReactNode {
  const [target, setTarget] = useState('')
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (target.trim()) give(target.trim())
  }
  return (
    <form className="row hand-over" onSubmit={submit}>
      <input
        aria-label="Hand over to"
        value={target}
        onChange={(event) => setTarget(event.target.value)}
        placeholder="hand over to: bob"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={512}
      />
      <button type="submit" disabled={!target.trim()}>
        Hand over
      </button>
    </form>
  )
}

function Timer({ since }: { since: number }): ReactNode {
  const now = useNow()
  return <p className="timer">{clock(now - since)}</p>
}

function Sound({ audio, elsewhere, claim }: { audio: AudioEngine; elsewhere: boolean; claim: () => void }): ReactNode {
  const state = useStore(audio.state)
  if (elsewhere || state.mode === 'off') {
    return (
      <p className="sound row spread">
        <span>The sound of this call is not on this page.</span>
        <button type="button" onClick={claim}>
          Bring it here
        </button>
      </p>
    )
  }
  if (state.why) {
    return (
      <p className="sound warning" role="alert">
        {state.why}
      </p>
    )
  }
  return (
    <div className="sound row spread">
      <span className="quiet" aria-hidden="true">
        Microphone
      </span>
      <Level audio={audio} />
      <button type="button" aria-pressed={state.muted} onClick={() => audio.mute(!state.muted)}>
        {state.muted ? 'Unmute' : 'Mute'}
      </button>
    </div>
  )
}

function Level({ audio }: { audio: AudioEngine }): ReactNode {
  const level = useStore(audio.level)
  return (
    <meter aria-label="Your microphone" min={0} max={1} low={0.02} high={0.9} value={Math.min(1, Math.sqrt(level))} />
  )
}
