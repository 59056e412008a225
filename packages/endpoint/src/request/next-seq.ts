import { type Context, inside } from '../context/context.ts'
import { stateError } from '../errors.ts'

/** Takes the next sequence number outside a dialog. @throws SipError ERR_SIP_STATE when none is left (RFC 3261 8.1.1.5) */
export function nextSeq(ctx: Context): number {
  const own = inside(ctx)
  if (own.cseq >= 2 ** 31 - 1) throw stateError('the sequence numbers of this context are used up')
  return ++own.cseq
}
