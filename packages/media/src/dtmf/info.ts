import { MediaError } from '../errors.ts'
import { digitOf, eventOf, type DtmfDigit } from './events.ts'

/** The two content types in which SIP INFO carries a digit; neither is a standard, both are common. */
export type DtmfInfoType = 'application/dtmf-relay' | 'application/dtmf'

/** A digit as the body of a SIP INFO. */
export interface DtmfInfo {
  digit: DtmfDigit
  /** length of the tone, ms; absent in `application/dtmf` */
  durationMs?: number
}

const longestBody = 256

/**
 * The body of an INFO for one digit.
 *
 * @throws MediaError `ERR_MEDIA_ARGUMENT` for a character that is no digit
 */
export function writeDtmfInfo(digit: string, durationMs: number, type: DtmfInfoType): string {
  const event = eventOf(digit)
  if (event === undefined) throw new MediaError('ERR_MEDIA_ARGUMENT', `"${digit}" is no DTMF digit`)
  const key = digitOf(event)!
  return type === 'application/dtmf' ? key : `Signal=${key}\r\nDuration=${Math.round(durationMs)}\r\n`
}

function keyOf(text: string | undefined): DtmfDigit | undefined {
  // some write the event code instead of the key
  const code = /^1[0-6]$/.test(text ?? '') ? Number(text) : eventOf(text ?? '')
  return code === undefined ? undefined : digitOf(code)
}

/** Reads the body of an INFO; `undefined` when it holds no digit. `type`: the content type, with or without parameters. */
export function readDtmfInfo(type: string, body: string): DtmfInfo | undefined {
  if (body.length > longestBody) return undefined
  const kind = type.split(';')[0]!.trim().toLowerCase()
  if (kind === 'application/dtmf') {
    const digit = keyOf(body.trim())
    return digit && { digit }
  }
  if (kind !== 'application/dtmf-relay') return undefined
  const digit = keyOf(/^\s*signal\s*=\s*(\S{1,2})\s*$/im.exec(body)?.[1])
  const duration = /^\s*duration\s*=\s*(\d{1,5})\s*$/im.exec(body)?.[1]
  return digit && { digit, ...(duration && { durationMs: Number(duration) }) }
}
