import type { Delivery, DeliverOptions, Path } from '@netsip/dispatcher'
import type { SipRequest, Uri } from '@netsip/message'
import { completeContentType } from '../request/body.ts'
import { type Context, inside } from '../context/context.ts'
import type { Core } from '../core.ts'
import type { Dialog } from '../dialog/dialog.ts'

/** Where an ACK goes, when its INVITE was told. */
export type AckWay = Pick<DeliverOptions, 'leg' | 'target'>

/** The ACK of one 2xx: sent when it is ready, and again, the same, with every repetition of that 2xx (RFC 3261 13.2.2.4). */
export class AckSender {
  readonly request: SipRequest
  readonly #core: Core
  readonly #callId: string
  readonly #localTag: string | undefined
  readonly #hop: Uri | undefined
  readonly #path: Path | undefined
  readonly #way: AckWay
  #delivery: Delivery | undefined

  constructor(core: Core, ctx: Context, dialog: Dialog, invite: SipRequest, way: AckWay) {
    this.#core = core
    // No more than names the context: this stays for 32 s, and most calls are over sooner.
    this.#callId = ctx.callId
    this.#localTag = inside(ctx).local.tag
    this.request = dialog.createAck(invite)
    this.#hop = dialog.hop
    this.#path = dialog.path
    this.#way = way
  }

  /** First sending; later calls do nothing. */
  send(): void {
    if (this.#delivery !== undefined) return
    completeContentType(this.request)
    this.#delivery = this.#deliver(this.#way, false)
  }

  /** Sends it once more, if it is out already: before that the answer is still being made. */
  repeat(): void {
    if (this.#delivery === undefined) return
    const { leg, target } = this.#delivery.target ? this.#delivery : this.#way
    this.#deliver({ leg, target }, true)
  }

  /** Whether its message is all that it takes to send it again: it is out, and goes where its Route or Request-URI says. */
  get isWhole(): boolean {
    return this.#delivery !== undefined && this.#hop === undefined
  }

  #deliver({ leg, target }: AckWay, keepVia: boolean): Delivery {
    return this.#core.dispatcher.deliver(this.request, {
      keepVia,
      leg,
      hop: this.#hop,
      path: this.#path,
      target,
      onError: (error) => this.#core.report(error, this.#core.contexts.find(this.#callId, this.#localTag)),
    })
  }
}
