import { closeSync } from 'node:fs'
import { createInterface } from 'node:readline'

/** What a command needs of the process around it; tests hand in their own. */
export interface Io {
  /** Writes one line to standard output. */
  out(line: string): void
  /** Writes one line to standard error. */
  err(line: string): void
  readonly env: Readonly<Record<string, string | undefined>>
  /** Calls the listener at each Ctrl+C or SIGTERM, and when the terminal is closed; returns what takes it off again. */
  onInterrupt(listener: () => void): () => void
  /** Calls the listener with each line of standard input; returns what stops reading it. */
  onLine(listener: (line: string) => void): () => void
  /** Ends the process at once, without any cleaning up. */
  abort(code: number): void
}

/** The Io of this process. */
export function processIo(): Io {
  // A reader that went away (`softphone ... | head -1`) is no reason to die with a stack trace.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  return {
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
    env: process.env,
    onInterrupt(listener) {
      // A terminal that is closed may say so more than once, and a supervisor tells us as well as those who started us, who
      // pass it on: that is no second Ctrl+C.
      let told = false
      const end = (): void => {
        if (!told) listener()
        told = true
      }
      const hangUp = (): void => {
        if (!told) process.once('exit', letGoOfTerminal)
        end()
      }
      process.on('SIGINT', listener)
      process.on('SIGTERM', end)
      process.on('SIGHUP', hangUp)
      return () => {
        process.off('SIGINT', listener)
        process.off('SIGTERM', end)
        process.off('SIGHUP', hangUp)
      }
    },
    onLine(listener) {
      const lines = createInterface({ input: process.stdin })
      lines.on('line', listener)
      return () => lines.close()
    },
    abort: (code) => process.exit(code),
  }
}

// At its end Node resets the terminal, and aborts when there is none any more: of what is closed it keeps its hands off.
function letGoOfTerminal(): void {
  for (const fd of [0, 1, 2]) {
    try {
      closeSync(fd)
    } catch {
      // Whoever read from it has closed it before us.
    }
  }
}
