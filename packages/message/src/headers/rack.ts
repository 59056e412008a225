import { CSeq } from '../values/cseq.ts'
import { type Form, number } from './forms.ts'
import { single, type SingleHeader } from './header-type.ts'

/** Which provisional response a PRACK acknowledges (RFC 3262 7.2). */
export interface RAckValue {
  readonly rseq: number
  readonly cseq: number
  readonly method: string
}

// a response number in front of what CSeq holds
const rack: Form<RAckValue> = {
  parse: (text, what) => {
    const end = text.search(/[ \t]|$/)
    const { seq, method } = CSeq.parse(text.slice(end))
    return { rseq: number.parse(text.slice(0, end), what), cseq: seq, method }
  },
  format: ({ rseq, cseq, method }, what) => `${number.format(rseq, what)} ${new CSeq(cseq, method).toString()}`,
}

/** RAck (RFC 3262 7.2). */
export const RAck: SingleHeader<RAckValue> = single('RAck', rack)
