import { useEffect, type ReactNode } from 'react'
import type { CallView, Command } from '../web/protocol.ts'
import type { AudioEngine } from './audio/engine.ts'
import { CallCard } from './call-card.tsx'
import { CallLog } from './call-log.tsx'
import { Dialer } from './dialer.tsx'
import { Notices } from './notices.tsx'
import type { PhoneSocket } from './phone-socket.ts'
import { StatusBar } from './status-bar.tsx'
import { useStore } from './store.ts'

export interface AppProps {
  socket: PhoneSocket
  audio: AudioEngine
}

const order: Record<CallView['state'], number> = { answered: 0, ringing: 1, calling: 1 }

/** The whole page: who we are, the calls, the dialer and the log. */
export function App({ socket, audio }: AppProps): ReactNode {
  const link = useStore(socket.link)
  const snapshot = useStore(socket.snapshot)
  const heard = useStore(socket.heard)
  const notice = useStore(socket.notice)
  const calls = snapshot?.calls ?? []
  const inCall = calls.length > 0

  // A notice may be that there is no such address: then no call comes of it either.
  useEffect(() => {
    if (!inCall || link === 'lost') audio.stop()
  }, [inCall, link, notice, audio])

  useEffect(() => {
    const ringing = calls.find((call) => call.direction === 'in' && call.state === 'ringing')
    document.title = ringing ? `${ringing.remote} is calling` : 'netsip softphone'
  }, [calls])

  const withSound = (command: Command): void => {
    void audio.start()
    socket.send({ type: 'audio' })
    socket.send(command)
  }

  return (
    <div className="page">
      <StatusBar link={link} snapshot={snapshot} />
      <main>
        <section className="phone" aria-label="Phone">
          {[...calls]
            .sort((a, b) => order[a.state] - order[b.state])
            .map((call) => (
              <CallCard
                key={call.id}
                call={call}
                others={calls.filter((other) => other !== call && other.state === 'answered')}
                heard={heard[call.id] ?? ''}
                audio={audio}
                soundElsewhere={snapshot?.audio === false}
                send={(command) => socket.send(command)}
                withSound={withSound}
              />
            ))}
          <Dialer
            disabled={link !== 'open' || snapshot === undefined}
            compact={inCall}
            lines={snapshot?.lines ?? []}
            dial={(target) => withSound({ type: 'dial', target })}
          />
        </section>
        <CallLog entries={snapshot?.log ?? []} />
      </main>
      <Notices store={socket.notice} />
    </div>
  )
}
