import type { Io } from './io.ts'
import { printable, printableJson } from './printable.ts'
import { withoutPasswords } from './redact.ts'

/** The names of the events that `--json` prints. */
export type EventName =
  | 'listening'
  | 'registered'
  | 'unregistered'
  | 'incoming'
  | 'ringing'
  | 'answered'
  | 'dtmf'
  | 'media'
  | 'message'
  | 'hold'
  | 'transfer'
  | 'response'
  | 'ended'
  | 'error'

export interface OutputOptions {
  json?: boolean
  /** Milliseconds since 1970. */
  now?: () => number
}

/** Prints what happens: lines for a person, or with `--json` one object a line on stdout and the lines on stderr. */
export class Output {
  readonly #io: Io
  readonly #json: boolean
  readonly #now: () => number

  constructor(io: Io, options: OutputOptions = {}) {
    this.#io = io
    this.#json = options.json ?? false
    this.#now = options.now ?? Date.now
  }

  /**
   * Tells of an event: `line` for a person, who is told nothing without one, `fields` for a program. An `error` goes to
   * stderr either way.
   */
  event(name: EventName, fields: Record<string, unknown>, line?: string): void {
    if (this.#json) {
      const event = { event: name, time: new Date(this.#now()).toISOString(), ...fields }
      this.#io.out(withoutPasswords(printableJson(JSON.stringify(event))))
    }
    if (line === undefined) return
    if (this.#json || name === 'error') this.log(line)
    else this.#io.out(withoutPasswords(printable(line)))
  }

  /** A line that only a person wants. */
  note(line: string): void {
    if (this.#json) this.log(line)
    else this.#io.out(withoutPasswords(printable(line)))
  }

  /** A line that says what went wrong, or a trace. */
  log(line: string): void {
    this.#io.err(withoutPasswords(printable(line)))
  }
}

/** 1234 ms -> '1.2 s', 9.4 ms -> '9 ms'. */
export function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}

/** `host:port` with brackets around an IPv6 address. */
export function hostPort(host: string, port: number): string {
  return `${hostOnly(host)}:${port}`
}

/** A host as it stands in a URI. */
export function hostOnly(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
}
