import { SipParseError } from '../base/parse-error.ts'
import { type Form, number } from './forms.ts'
import { single, type SingleHeader } from './header-type.ts'

const positive: Form<number> = {
  parse: (text, what) => {
    const value = number.parse(text, what)
    if (value === 0) throw new SipParseError(`${what} is 0`)
    return value
  },
  format: (value, what) => number.format(value, what),
}

const version: Form<string> = {
  parse: (text) => {
    if (!/^\d+\.\d+$/.test(text)) throw new SipParseError('not a version')
    return text
  },
  format: String,
}

/** Min-Expires in seconds (RFC 3261 20.23): the shortest lifetime that a 423 admits. */
export const MinExpires: SingleHeader<number> = single('Min-Expires', number)
/** RSeq (RFC 3262 7.1): 1 to 2^32-1. */
export const RSeq: SingleHeader<number> = single('RSeq', positive)
/** Flow-Timer in seconds (RFC 5626 11.3): how long a server keeps a flow that shows no life. */
export const FlowTimer: SingleHeader<number> = single('Flow-Timer', number)
/** Max-Breadth (RFC 5393 5.3.3): how many branches may still be made of a request. */
export const MaxBreadth: SingleHeader<number> = single('Max-Breadth', number)
/** MIME-Version (RFC 3261 20.24), `1.0` nearly always. */
export const MimeVersion: SingleHeader<string> = single('MIME-Version', version)
