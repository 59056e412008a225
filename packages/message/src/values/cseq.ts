import { argumentError } from '../base/injection.ts'
import { showAs } from '../base/inspect.ts'
import { SipParseError } from '../base/parse-error.ts'
import { methodIn } from '../grammar/method.ts'
import { isToken, skipSpace, trimEnd } from '../grammar/token.ts'

/** The greatest sequence number that may be received (RFC 3261 20.16). */
const MAX_SEQ = 0xffff_ffff

/** The value of CSeq (RFC 3261 20.16). Immutable. */
export class CSeq {
  /** 0 to 2^32-1. */
  readonly seq: number
  readonly method: string

  /** @throws TypeError with code `ERR_SIP_ARGUMENT` for a number out of range, or a method that is no token */
  constructor(seq: number, method: string)
  /** @internal Of parts that were checked. */
  constructor(seq: number, method: string, isScanned: true)
  constructor(seq: number, method: string, isScanned?: true) {
    this.seq = seq
    this.method = method
    if (isScanned) return
    if (!Number.isInteger(seq) || seq < 0 || seq > MAX_SEQ) throw argumentError(`not a sequence number: ${seq}`)
    if (!isToken(method)) throw argumentError(`not a method: ${JSON.stringify(method)}`)
  }

  /** @throws SipParseError */
  static parse(text: string): CSeq {
    return scanCSeq(text, 0, text.length)
  }

  toString(): string {
    return `${this.seq} ${this.method}`
  }
}

showAs(CSeq.prototype, 'CSeq ', String)

/** Reads `text[from, to)` and keeps nothing of it. Throws SipParseError with an offset from `from` on. */
export function scanCSeq(text: string, from: number, to: number): CSeq {
  const start = skipSpace(text, from)
  let at = start
  let seq = 0
  for (let digit = text.charCodeAt(at) - 48; digit >= 0 && digit <= 9; digit = text.charCodeAt(++at) - 48) {
    seq = seq * 10 + digit
  }
  if (at === start || seq > MAX_SEQ) {
    throw new SipParseError('CSeq without a number from 0 to 2^32-1', { offset: start - from })
  }
  const methodStart = skipSpace(text, at)
  const method = methodIn(text, methodStart, trimEnd(text, methodStart, to))
  if (methodStart === at || !isToken(method)) {
    throw new SipParseError('CSeq must be a number and a method', { offset: methodStart - from })
  }
  return new CSeq(seq, method, true)
}
