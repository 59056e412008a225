import { SipParseError } from '../base/parse-error.ts'
import { unescapeUri } from '../grammar/escape.ts'
import { formOf } from '../params/param-form.ts'
import { nameBits } from '../params/param-text.ts'
import { Params, emptyParams, paramsOfPairs } from '../params/params.ts'
import { MAX_PARAMS, addPair, addPairAgain } from '../params/scan-params.ts'

const FORM = formOf('uri')
const NO_PARAMS = emptyParams('uri')

// What should have been escaped but cannot be mistaken is let through.
const FORBIDDEN = /[\0- "<>\\@\x7f]|%(?![\da-f]{2})/i

/** Refuses what no part of a URI may hold: space, control characters, `"<>\@`, a malformed escape. Throws SipParseError. */
export function assertUriPart(text: string, offset: number): void {
  const at = text.search(FORBIDDEN)
  if (at >= 0) throw new SipParseError('a URI with a character that it must not hold', { offset: offset + at })
}

/** Reads the parameters of a URI (RFC 3261 19.1.1): `;a=b;c`. Throws SipParseError. */
export function parseUriParams(text: string, offset: number): Params {
  const pairs: (string | null)[] = []
  for (const [name, value] of cutPairs(text, ';', offset)) addPair(pairs, name, value || null, offset)
  return paramsOfPairs(pairs, 'uri')
}

/** The same for parameters that are known to be of the usual shape (see usual-shape.ts), from `start` to the end. */
export function usualUriParams(text: string, start: number): Params {
  if (start === text.length) return NO_PARAMS
  const names = nameBits(text, start, text.length, MAX_PARAMS, FORM)
  return names === 0 ? parseUriParams(text.slice(start), start) : new Params(text, start, text.length, FORM, names)
}

/** Reads the headers of a URI: `?a=b&c=d`. Throws SipParseError. */
export function parseUriHeaders(text: string, offset: number): Params {
  const pairs: (string | null)[] = []
  for (const [name, value] of cutPairs(text.replace('?', '&'), '&', offset)) {
    if (value === undefined) throw new SipParseError('a header in a URI needs a =', { offset })
    // a header may well be there several times, a parameter may not (RFC 3261 19.1.1)
    addPairAgain(pairs, name, value, offset)
  }
  return paramsOfPairs(pairs, 'uri-header')
}

function cutPairs(text: string, separator: string, offset: number): [name: string, value: string | undefined][] {
  assertUriPart(text, offset)
  // one more than there may be is enough to refuse them all
  const [before, ...pairs] = text.split(separator, MAX_PARAMS + 2)
  if (before) throw new SipParseError('unexpected text in a URI', { offset })
  return pairs.map((pair) => {
    const equals = pair.indexOf('=')
    const name = unescapeUri(equals < 0 ? pair : pair.slice(0, equals))
    if (name === '') throw new SipParseError('a parameter of a URI has no name', { offset })
    return [name, equals < 0 ? undefined : pair.slice(equals + 1)]
  })
}
