import { argumentError } from '../base/injection.ts'
import { SipParseError } from '../base/parse-error.ts'
import { parseDate } from '../grammar/date.ts'
import { unquote } from '../grammar/quoted.ts'
import type { Params } from '../params/params.ts'
import { type Form, number } from './forms.ts'
import { single, type SingleHeader } from './header-type.ts'
import { withParams } from './with-params.ts'

const date: Form<Date> = { parse: parseDate, format: formatDate }

/** Date (RFC 3261 20.17): only the form of RFC 1123 and only GMT. */
export const DateHeader: SingleHeader<Date> = single('Date', date)

function formatDate(date: Date): string {
  if (Number.isNaN(date.getTime())) throw argumentError('not a date')
  return date.toUTCString()
}

/** When a request was sent, for the round trip (RFC 3261 20.38). Seconds. */
export interface TimestampValue {
  readonly seconds: number
  /** How long the answering side took. */
  readonly delay?: number | undefined
}

const timestamp: Form<TimestampValue> = {
  parse: (text) => {
    const match = /^(\d{1,15}(?:\.\d*)?)(?:[ \t]+(\d{0,15}(?:\.\d*)?))?$/.exec(text)
    if (match === null) throw new SipParseError('not a timestamp')
    return { seconds: Number(match[1]), ...(match[2] !== undefined && { delay: Number(`0${match[2]}`) }) }
  },
  format: ({ seconds, delay }) => decimal(seconds) + (delay === undefined ? '' : ` ${decimal(delay)}`),
}

/** Timestamp (RFC 3261 20.38). */
export const Timestamp: SingleHeader<TimestampValue> = single('Timestamp', timestamp)

function decimal(value: number): string {
  if (!(value >= 0 && value <= Number.MAX_SAFE_INTEGER)) throw argumentError(`not a number of seconds: ${value}`)
  return value.toFixed(6).replace(/\.?0+$/, '')
}

/** When to try again (RFC 3261 20.33). */
export interface RetryAfterValue {
  readonly seconds: number
  /** What stands in the parentheses. */
  readonly comment?: string | undefined
  /** How long the callee will then be there, in seconds. */
  readonly duration?: number | undefined
  readonly params?: Params | undefined
}

const uncommented = withParams<RetryAfterValue>('seconds', number, { duration: number })

// a comment may stand between the seconds and the parameters
const retryAfter: Form<RetryAfterValue> = {
  parse: (text, what) => {
    const open = text.search(/[(;]/)
    if (text[open] !== '(') return uncommented.parse(text, what)
    const close = commentEnd(text, open)
    // escaped as in quoted strings
    const comment = unquote(`"${text.slice(open + 1, close)}"`)
    return { ...uncommented.parse(text.slice(0, open) + text.slice(close + 1), what), comment }
  },
  format: (value, what) => {
    const comment = value.comment?.replace(/[()\\]/g, '\\$&')
    return uncommented
      .format(value, what)
      .replace(/^\d+/, (digits) => (comment === undefined ? digits : `${digits} (${comment})`))
  },
}

/** Retry-After (RFC 3261 20.33). */
export const RetryAfter: SingleHeader<RetryAfterValue> = single('Retry-After', retryAfter)

/** The parenthesis that closes the one at `open`; comments nest (RFC 3261 25.1). */
function commentEnd(text: string, open: number): number {
  let depth = 0
  for (let i = open; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === 92) i++
    else if (c === 40) depth++
    else if (c === 41 && --depth === 0) return i
  }
  throw new SipParseError('a comment that does not end', { offset: open })
}
