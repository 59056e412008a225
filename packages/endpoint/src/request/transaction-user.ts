import type { DeliverOptions } from '@netsip/dispatcher'
import type { SipRequest, SipResponse } from '@netsip/message'
import type { SipError } from '@netsip/runtime'
import type { Leg, Source } from '@netsip/transport'

/** Who is told what becomes of the transactions of a request. */
export interface TransactionUser {
  receive(response: SipResponse, leg: Leg, from: Source): void
  undelivered(request: SipRequest, error: SipError): void
  terminated(request: SipRequest): void
  readonly prepare?: DeliverOptions['prepare']
}

type Way = Pick<DeliverOptions, 'leg' | 'hop' | 'path' | 'target'>

/** A way, and the callbacks of its transaction. */
export function reportingTo(
  user: TransactionUser,
  request: SipRequest,
  { leg, hop, path, target }: Way,
): DeliverOptions {
  return {
    leg,
    hop,
    path,
    target,
    onResponse: (response, leg, from) => user.receive(response, leg, from),
    onError: (error) => user.undelivered(request, error),
    // A request that nobody waits for any more after its answer need not be kept until its transaction ends.
    onTerminated: request.method === 'INVITE' ? () => user.terminated(request) : undefined,
    prepare: user.prepare,
  }
}
