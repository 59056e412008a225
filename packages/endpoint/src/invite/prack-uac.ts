import type { SipRequest, SipResponse } from '@netsip/message'
import { completeContentType } from '../request/body.ts'
import { ClientRequest } from '../request/client-request.ts'
import { type Context, inside } from '../context/context.ts'
import type { Core } from '../core.ts'
import type { Dialog } from '../dialog/dialog.ts'
import { prepareRequest } from '../request/prepare-request.ts'
import { readRSeq } from './rack.ts'

/** What a provisional response asks of us: nothing, to be ignored, or a PRACK with this RSeq. */
export type Acknowledgement = 'none' | 'ignore' | number

/** The reliable responses of one early dialog, in their order (RFC 3262 4). */
export class ReliableSequence {
  #last: number | undefined

  /** Sorts out repetitions and responses that came too early. */
  accept(response: SipResponse): Acknowledgement {
    const rseq = readRSeq(response)
    if (rseq === undefined) return 'none'
    if (this.#last !== undefined && rseq !== this.#last + 1) return 'ignore'
    this.#last = rseq
    return rseq
  }
}

/** The PRACK for a response with this RSeq; the application may still put an answer or an offer into it. */
export function createPrack(core: Core, ctx: Context, dialog: Dialog, invite: SipRequest, rseq: number): SipRequest {
  const prack = dialog.createRequest('PRACK', { RAck: `${rseq} ${invite.cseq.toString()}` })
  prepareRequest(core, ctx, prack)
  return prack
}

/** Sends a PRACK. Its answer matters only when it carried an offer: the 200 is told then. */
export function sendPrack(core: Core, ctx: Context, dialog: Dialog, request: SipRequest, invite: ClientRequest): void {
  if (dialog.state === 'terminated') return
  completeContentType(request)
  if (request.body.length > 0) inside(ctx).account?.repeat(request)
  dialog.session.saw(request, 'local')
  const { callback } = invite
  new ClientRequest({
    core,
    ctx,
    request,
    dialog,
    callback,
    leg: invite.leg,
    redirect: 'none',
    handler: {
      success: ({ response, leg, from }) => {
        dialog.session.closes(request, response, 'remote')
        if (response.body.length > 0) core.notify(ctx, callback, { packet: response, leg, from })
        core.detachIfIdle(ctx)
      },
      failure: (error, arrival) => {
        dialog.session.closes(request, undefined, 'remote')
        core.notify(ctx, callback, { error, packet: arrival?.response, leg: arrival?.leg, from: arrival?.from })
        core.detachIfIdle(ctx)
      },
    },
  }).start()
}
