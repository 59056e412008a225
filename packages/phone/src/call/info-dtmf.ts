/** A digit in an INFO request. */
export interface InfoDigit {
  readonly digit: string
  readonly durationMs: number
}

const digits = /^[0-9A-D*#]$/
const longestMs = 10_000

/** Reads a digit from the body of an INFO (application/dtmf-relay or application/dtmf); undefined for anything else. */
export function readInfoDigit(contentType: string | undefined, body: string): InfoDigit | undefined {
  const type = contentType?.split(';')[0]?.trim().toLowerCase()
  if (type === 'application/dtmf') return infoDigit(body.trim(), 160)
  if (type !== 'application/dtmf-relay') return undefined
  const signal = /^\s*Signal\s*=\s*(\S+)\s*$/im.exec(body)?.[1]
  const duration = /^\s*Duration\s*=\s*(\d{1,5})\s*$/im.exec(body)?.[1]
  return infoDigit(signal ?? '', Number(duration ?? 160))
}

/** The body of an INFO that carries a digit. */
export function writeInfoDigit(digit: string, durationMs: number): string {
  return `Signal=${digit}\r\nDuration=${Math.round(durationMs)}\r\n`
}

function infoDigit(text: string, durationMs: number): InfoDigit | undefined {
  const digit = text.toUpperCase()
  return digits.test(digit) ? { digit, durationMs: Math.min(durationMs, longestMs) } : undefined
}
