import fc from 'fast-check'
import { expect } from 'vitest'
import { parseMessage, type SipMessage, SipParseError, type SipRequest } from '../index.ts'
import { INVITE } from './samples.ts'

/** How often a property is tried. */
export const RUNS = 60

const pieces = [
  '\r\n',
  '\n',
  '\r',
  '\0',
  ' ',
  '\t',
  ',',
  ';',
  '=',
  '"',
  '\\',
  '<',
  '>',
  '(',
  ')',
  '@',
  ':',
  '%',
  '?',
  '&',
]
pieces.push('/', '*', '[', ']', '-', '.', 'a', 'ü', '☎', '\u2028', '\u0085', '\ud800', '%0d%0a', 'X: y', ';tag=z', ',b')

/** Whatever people type, paste or receive, and what an attacker would. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: fc.constantFrom(...pieces), maxLength: 6 }),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ maxLength: 12 }),
  fc.constantFrom('x\r\nRoute: <sip:evil>', 'a, b', 'a;b=c', '1 2', '', ' '),
)

/** What UTF-8 makes of text: lone surrogates become U+FFFD. */
export const utf8 = (text: string): string => Buffer.from(text).toString()

/** Without the space around it, which is none of a header value. */
export const trimmed = (text: string): string => text.replace(/^[ \t]+|[ \t]+$/g, '')

export const invite = (): SipRequest => parseMessage(INVITE) as SipRequest

/** Content-Length follows the body, whatever is written there; one that is no number makes a part unreadable. */
export const isLength = (name: string): boolean => /^(content-length|l)$/i.test(name)

/** All that a message says. */
export function fields(message: SipMessage): string[] {
  const start = message.type === 'request' ? [message.method, String(message.uri)] : [message.status, message.reason]
  const rows = [...message.headers].filter(([name]) => !isLength(name))
  return [...start.map(String), ...rows.map(([name, value]) => `${name}: ${value}`), message.text]
}

/** What is made; undefined when it is refused, which may only be done with an error that has a code. */
export function madeBy<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch (error) {
    if (error instanceof SipParseError) return undefined
    if (error instanceof TypeError && String(Reflect.get(error, 'code')).startsWith('ERR_SIP_')) return undefined
    throw error
  }
}

/** Where text goes in. */
interface Place {
  /** The header that it goes into, in lower case; none for the start line. */
  header?: string
  /** What is read back of a text; the text itself by default. */
  wanted?: (text: string) => unknown
}

/**
 * Puts any text into a message. Either it is refused, and the message is what it was; or the message that leaves is read
 * back with that very text, and has changed nowhere but in the one header line, or the start line, that it is for.
 */
export function holds(
  put: (message: SipRequest, text: string) => void,
  read: (message: SipRequest) => unknown,
  { header, wanted = utf8 }: Place,
): void {
  const isOther = (field: string, i: number): boolean =>
    header === undefined ? i > 1 : !field.toLowerCase().startsWith(`${header}:`)
  const others = (message: SipRequest): string[] => fields(message).filter(isOther)
  const rows = (message: SipRequest): number => fields(message).length - others(message).length
  const unchanged = invite()
  fc.assert(
    fc.property(anyText, (text) => {
      const message = invite()
      const done = madeBy(() => (put(message, text), true))
      const back = parseMessage(message.toBytes()) as SipRequest
      expect(fields(back)).toEqual(fields(done ? message : unchanged))
      expect(others(back)).toEqual(others(unchanged))
      expect(rows(back)).toBe(done ? Math.max(1, rows(unchanged)) : rows(unchanged))
      expect(done ? read(back) : undefined).toEqual(done ? wanted(text) : undefined)
    }),
    { numRuns: RUNS },
  )
}
