import type { ReactNode } from 'react'
import type { Snapshot } from '../web/protocol.ts'
import type { Link } from './phone-socket.ts'

interface Status {
  tone: 'good' | 'busy' | 'bad'
  text: string
}

const tones = { registered: 'good', failed: 'bad', pending: 'busy', none: 'good' } as const

function statusOf(link: Link, snapshot: Snapshot | undefined): Status {
  if (link === 'lost') return { tone: 'bad', text: 'The softphone is not running; trying again' }
  if (link === 'connecting' || !snapshot) return { tone: 'busy', text: 'Connecting' }
  return { tone: tones[snapshot.registration], text: snapshot.registrationText }
}

/** Who we are, and whether calls can reach us. */
export function StatusBar({ link, snapshot }: { link: Link; snapshot: Snapshot | undefined }): ReactNode {
  const status = statusOf(link, snapshot)
  return (
    <header>
      <h1>
        <span className="mark" aria-hidden="true" />
        netsip <span className="quiet">softphone</span>
      </h1>
      <p className="status" role="status">
        <span className={`dot ${status.tone}`} aria-hidden="true" />
        {snapshot && <strong>{snapshot.aor.replace(/^sips?:/, '')}</strong>}
        <span className="quiet">{status.text}</span>
      </p>
    </header>
  )
}
