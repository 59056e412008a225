import type { ReactNode } from 'react'
import type { LogEntry } from '../web/protocol.ts'

const titles: Record<LogEntry['kind'], Record<LogEntry['direction'], string>> = {
  call: { in: 'incoming', out: 'outgoing' },
  text: { in: 'text received', out: 'text sent' },
}

const signs: Record<LogEntry['kind'], Record<LogEntry['direction'], string>> = {
  call: { in: '↙', out: '↗' },
  text: { in: '✉', out: '✉' },
}

/** What happened, newest first. */
export function CallLog({ entries }: { entries: readonly LogEntry[] }): ReactNode {
  return (
    <section className="card log" aria-label="Call log">
      <h2>Calls and texts</h2>
      {entries.length === 0 ? (
        <p className="quiet">Nothing yet.</p>
      ) : (
        <ol>
          {entries.map((entry) => (
            <li key={`${entry.time} ${entry.remote} ${entry.text}`}>
              <span className="arrow" aria-label={titles[entry.kind][entry.direction]}>
                {signs[entry.kind][entry.direction]}
              </span>
              <span>
                <strong>{entry.remote}</strong>
                <span className={classOf(entry)}>{entry.text}</span>
              </span>
              <time dateTime={new Date(entry.time).toISOString()}>{new Date(entry.time).toLocaleTimeString()}</time>
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}

function classOf({ kind, failed }: LogEntry): string {
  if (kind === 'text') return 'said'
  return failed ? 'bad-text' : 'quiet'
}
