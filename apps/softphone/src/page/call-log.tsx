import type { ReactNode } from 'react'
import type { LogEntry } from '../web/protocol.ts'

/** What happened, newest first. */
export function CallLog({ entries }: { entries: readonly LogEntry[] }): ReactNode {
  return (
    <section className="card log" aria-label="Call log">
      <h2>Calls</h2>
      {entries.length === 0 ? (
        <p className="quiet">No calls yet.</p>
      ) : (
        <ol>
          {entries.map((entry) => (
            <li key={`${entry.time} ${entry.remote}`}>
              <span className="arrow" aria-label={entry.direction === 'in' ? 'incoming' : 'outgoing'}>
                {entry.direction === 'in' ? '↙' : '↗'}
              </span>
              <span>
                <strong>{entry.remote}</strong>
                <span className={entry.failed ? 'bad-text' : 'quiet'}>{entry.text}</span>
              </span>
              <time dateTime={new Date(entry.time).toISOString()}>{new Date(entry.time).toLocaleTimeString()}</time>
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}
