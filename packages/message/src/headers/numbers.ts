import type { SingleHeader } from './header-type.ts'
import { digits, number } from './parts.ts'
import { SipParseError } from '../parse-error.ts'

/** Min-Expires in seconds (RFC 3261 20.23): the shortest lifetime that a 423 admits. */
export const MinExpires: SingleHeader<number> = {
  name: 'Min-Expires',
  list: false,
  parse: (text) => number(text, 'Min-Expires'),
  format: (value) => digits(value, 'Min-Expires'),
}

/** RSeq (RFC 3262 7.1): 1 to 2^32-1. */
export const RSeq: SingleHeader<number> = {
  name: 'RSeq',
  list: false,
  parse(text) {
    const value = number(text, 'RSeq')
    if (value === 0) throw new SipParseError('RSeq is 0')
    return value
  },
  format: (value) => digits(value, 'RSeq'),
}

/** Flow-Timer in seconds (RFC 5626 11.3): how long a server keeps a flow that shows no life. */
export const FlowTimer: SingleHeader<number> = {
  name: 'Flow-Timer',
  list: false,
  parse: (text) => number(text, 'Flow-Timer'),
  format: (value) => digits(value, 'Flow-Timer'),
}

/** Max-Breadth (RFC 5393 5.3.3): how many branches may still be made of a request. */
export const MaxBreadth: SingleHeader<number> = {
  name: 'Max-Breadth',
  list: false,
  parse: (text) => number(text, 'Max-Breadth'),
  format: (value) => digits(value, 'Max-Breadth'),
}

/** MIME-Version (RFC 3261 20.24), `1.0` nearly always. */
export const MimeVersion: SingleHeader<string> = {
  name: 'MIME-Version',
  list: false,
  parse(text) {
    const dot = text.indexOf('.')
    number(text.slice(0, Math.max(0, dot)), 'MIME-Version')
    number(text.slice(dot + 1), 'MIME-Version')
    return text
  },
  format: (value) => value,
}
