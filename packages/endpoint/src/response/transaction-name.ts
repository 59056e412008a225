import type { CSeq, SipRequest, SipResponse, Via } from '@netsip/message'

/** What names the transaction of a request and of its responses. */
export interface TransactionName {
  /** The top one, whose branch counts. */
  readonly via: Via | undefined
  readonly cseq: CSeq
}

export function transactionOf({ via, cseq }: SipRequest | SipResponse): TransactionName {
  return { via, cseq }
}

export function isSameTransaction(one: TransactionName, other: TransactionName): boolean {
  if (one.cseq.seq !== other.cseq.seq || one.cseq.method !== other.cseq.method) return false
  // A response that was made of its request has the Via of that.
  return one.via === other.via || one.via?.branch === other.via?.branch
}
