import { SipParseError } from '../base/parse-error.ts'
import { skipSpace, tokenEnd } from '../grammar/token.ts'
import { emptyParams, type Params, paramsOfPairs } from '../params/params.ts'
import { scanParam } from '../params/scan-params.ts'

/** A challenge, or credentials, of any scheme. */
export interface Scanned {
  readonly scheme: string
  readonly params: Params
}

/** Reads a scheme and its parameters from `start`; `end` is where the next scheme starts, or the end of the text. */
export function scanAuth(text: string, start: number): { scanned: Scanned; end: number } {
  const schemeStart = skipSpace(text, start)
  let i = tokenEnd(text, schemeStart)
  if (i === schemeStart) throw new SipParseError('no authentication scheme', { offset: i })
  const scheme = text.slice(schemeStart, i)
  const pairs: (string | null)[] = []
  i = skipSpace(text, i)
  // what is not name=value is the token68 of another scheme, such as Negotiate: nothing that we read
  if (i < text.length && !isParam(text, i))
    return { scanned: { scheme, params: emptyParams('auth') }, end: text.length }
  while (i < text.length && isParam(text, i)) {
    i = scanParam(text, i, pairs)
    if (i === text.length) break
    if (text.charCodeAt(i) !== 44) throw new SipParseError('no comma between parameters', { offset: i })
    i = skipSpace(text, i + 1)
    if (i === text.length) throw new SipParseError('a comma with nothing after it', { offset: i })
  }
  return { scanned: { scheme, params: paramsOfPairs(pairs, 'auth') }, end: i }
}

/** The challenges of one row as text. Throws SipParseError. */
export function cutChallenges(text: string): string[] {
  const challenges: string[] = []
  for (let start = 0; start < text.length;) {
    const { end } = scanAuth(text, start)
    const challenge = text.slice(start, end).trim()
    challenges.push(challenge.endsWith(',') ? challenge.slice(0, -1).trimEnd() : challenge)
    start = end
  }
  return challenges
}

function isParam(text: string, start: number): boolean {
  const end = tokenEnd(text, start)
  return end > start && text.charCodeAt(skipSpace(text, end)) === 61
}
