import { SipParseError } from '../parse-error.ts'
import type { SingleHeader } from './header-type.ts'
import { digits, number, token, writtenToken } from './parts.ts'

/** Which provisional response a PRACK acknowledges (RFC 3262 7.2). */
export interface RAckValue {
  readonly rseq: number
  readonly cseq: number
  readonly method: string
}

/** RAck (RFC 3262 7.2). */
export const RAck: SingleHeader<RAckValue> = {
  name: 'RAck',
  list: false,
  parse(text) {
    const [rseq, cseq, method, more] = text.split(/[ \t]+/, 4)
    if (method === undefined || more !== undefined) throw new SipParseError('RAck is not two numbers and a method')
    return { rseq: number(rseq!, 'RAck'), cseq: number(cseq!, 'RAck'), method: token(method, 'a method') }
  },
  format: ({ rseq, cseq, method }) =>
    `${digits(rseq, 'RAck')} ${digits(cseq, 'RAck')} ${writtenToken(method, 'a method')}`,
}
