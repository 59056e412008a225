// What the page and the server say to each other over the WebSocket. Text frames are JSON, as below; binary frames are
// audio: 16-bit little-endian linear PCM, 8000 Hz, mono, 20 ms each.

/** Samples in one audio frame: 20 ms at 8000 Hz. */
export const frameSamples = 160
/** Audio samples per second on the wire. */
export const wireRate = 8000

/** A call as the page shows it. Times in milliseconds since 1970. */
export interface CallView {
  id: string
  direction: 'in' | 'out'
  remote: string
  state: 'calling' | 'ringing' | 'answered'
  since: number
  answeredAt?: number
  codec?: string
  /** We have put it on hold. */
  held: boolean
  heldByPeer: boolean
  /** The microphone and the loudspeaker belong to this call. */
  focus: boolean
}

/** A line of the log: a call that is over, or a text that came. */
export interface LogEntry {
  kind: 'call' | 'text'
  time: number
  remote: string
  direction: 'in' | 'out'
  text: string
  failed: boolean
}

/** A line the page offers to dial with one click. */
export interface Line {
  label: string
  uri: string
  hint: string
}

/** Everything the page shows, sent whole at each change. */
export interface Snapshot {
  type: 'state'
  aor: string
  registration: 'none' | 'pending' | 'registered' | 'failed'
  registrationText: string
  calls: CallView[]
  log: LogEntry[]
  lines: Line[]
  /** This page, among those that are open, has the sound. */
  audio: boolean
}

/** A digit that the other side sent. */
export interface DigitHeard {
  type: 'dtmf'
  call: string
  digit: string
}

/** A sentence for the person at the page. */
export interface Notice {
  type: 'notice'
  text: string
}

export type ServerMessage = Snapshot | DigitHeard | Notice

export type Command =
  | { type: 'dial'; target: string }
  | { type: 'answer' | 'reject' | 'hangup' | 'hold' | 'resume'; call: string }
  | { type: 'transfer'; call: string; target: string }
  /** Hands the peer of a call over to that of another one (attended). */
  | { type: 'connect'; call: string; other: string }
  | { type: 'dtmf'; call: string; digits: string }
  | { type: 'audio' }

const longest = 512

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value.length > 0 && value.length <= longest ? value : undefined
}

/** Reads what the page sent; undefined for anything that is not a command. */
export function parseCommand(json: string): Command | undefined {
  let value: Record<string, unknown>
  try {
    value = Object(JSON.parse(json)) as Record<string, unknown>
  } catch {
    return undefined
  }
  const target = text(value.target)
  const call = text(value.call)
  const other = text(value.other)
  const digits = text(value.digits)
  switch (value.type) {
    case 'audio':
      return { type: 'audio' }
    case 'dial':
      return target === undefined ? undefined : { type: 'dial', target }
    case 'answer':
    case 'reject':
    case 'hangup':
    case 'hold':
    case 'resume':
      return call === undefined ? undefined : { type: value.type, call }
    case 'transfer':
      return call === undefined || target === undefined ? undefined : { type: 'transfer', call, target }
    case 'connect':
      return call === undefined || other === undefined ? undefined : { type: 'connect', call, other }
    case 'dtmf':
      return call !== undefined && digits !== undefined && /^[0-9A-D*#]{1,32}$/.test(digits)
        ? { type: 'dtmf', call, digits }
        : undefined
    default:
      return undefined
  }
}
