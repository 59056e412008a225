import { argumentError } from '../injection.ts'
import { SipParseError } from '../parse-error.ts'
import type { Params } from '../values/params.ts'
import type { SingleHeader } from './header-type.ts'
import { cutParams, digits, number, numberParam, otherParams, param } from './parts.ts'

/** Date (RFC 3261 20.17): only the form of RFC 1123 and only GMT. */
export const DateHeader: SingleHeader<Date> = {
  name: 'Date',
  list: false,
  parse(text) {
    // the form of RFC 1123 is what toUTCString writes: nothing else, and no day that does not exist, comes back the same
    const date = new Date(text)
    if (text.length > 29 || date.toUTCString() !== text) {
      throw new SipParseError('not a date as RFC 1123 has it, in GMT')
    }
    return date
  },
  format(date) {
    if (Number.isNaN(date.getTime())) throw argumentError('not a date')
    return date.toUTCString()
  },
}

/** When a request was sent, for the round trip (RFC 3261 20.38). Seconds. */
export interface TimestampValue {
  readonly seconds: number
  /** How long the answering side took. */
  readonly delay?: number | undefined
}

/** Timestamp (RFC 3261 20.38). */
export const Timestamp: SingleHeader<TimestampValue> = {
  name: 'Timestamp',
  list: false,
  parse(text) {
    const match = /^(\d+(?:\.\d*)?)(?:[ \t]+(\d*(?:\.\d*)?))?$/.exec(text)
    if (match === null) throw new SipParseError('not a timestamp')
    return { seconds: Number(match[1]), ...(match[2] !== undefined && { delay: Number(match[2]) }) }
  },
  format: ({ seconds, delay }) => decimal(seconds) + (delay === undefined ? '' : ` ${decimal(delay)}`),
}

function decimal(value: number): string {
  const text = value.toFixed(6).replace(/\.?0+$/, '')
  return /^\d/.test(text) ? text : '0'
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

/** Retry-After (RFC 3261 20.33). */
export const RetryAfter: SingleHeader<RetryAfterValue> = {
  name: 'Retry-After',
  list: false,
  parse(text) {
    const open = text.indexOf('(')
    const semicolon = text.indexOf(';')
    const commented = open >= 0 && (semicolon < 0 || open < semicolon)
    const close = commented ? commentEnd(text, open) : -1
    const { head, params } = cutParams(commented ? text.slice(0, open) + text.slice(close + 1) : text)
    const duration = numberParam(params, 'duration')
    return {
      seconds: number(head, 'Retry-After'),
      ...(commented && { comment: text.slice(open + 1, close).replace(/\\([\s\S])/g, '$1') }),
      ...(duration !== undefined && { duration }),
      params: otherParams(params, 'duration'),
    }
  },
  format: ({ seconds, comment, duration, params }) =>
    digits(seconds, 'Retry-After') +
    (comment === undefined ? '' : ` (${comment.replace(/[()\\]/g, '\\$&')})`) +
    param('duration', duration) +
    (params?.toString() ?? ''),
}

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
