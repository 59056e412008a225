import type { Delivery, Path } from '@netsip/dispatcher'
import type { SipRequest, Uri } from '@netsip/message'
import type { Leg, Target } from '@netsip/transport'
import { completeContentType } from '../request/body.ts'
import { type Context, inside } from '../context/context.ts'
import type { Core } from '../core.ts'
import type { Dialog } from '../dialog/dialog.ts'
import { SentAck } from './sent-ack.ts'

/** An ACK that goes out again with each repetition of its 2xx. */
export interface RepeatableAck {
  /** Whose 2xx it acknowledges: the tag of its To. */
  readonly tag: string
  repeat(): void
}

/** The ACK of one 2xx: sent when it is ready, and again, the same, with every repetition of that 2xx (RFC 3261 13.2.2.4). */
export class AckSender implements RepeatableAck {
  readonly tag: string
  readonly request: SipRequest
  readonly #core: Core
  readonly #callId: string
  readonly #localTag: string | undefined
  readonly #hop: Uri | undefined
  readonly #path: Path | undefined
  readonly #leg: Leg | undefined
  readonly #target: Target | undefined
  #delivery: Delivery | undefined

  constructor(core: Core, ctx: Context, dialog: Dialog, invite: SipRequest, leg?: Leg, target?: Target) {
    this.#core = core
    // No more than names the context: this stays for 32 s, and most calls are over sooner.
    this.#callId = ctx.callId
    this.#localTag = inside(ctx).local.tag
    this.tag = dialog.remoteTag
    this.request = dialog.createAck(invite)
    this.#hop = dialog.hop
    this.#path = dialog.path
    this.#leg = leg
    this.#target = target
  }

  /** First sending; later calls do nothing. */
  send(): void {
    if (this.#delivery !== undefined) return
    completeContentType(this.request)
    this.#delivery = this.#deliver(this.#leg, this.#target, false)
  }

  /** Sends it once more, if it is out already: before that the answer is still being made. */
  repeat(): void {
    if (this.#delivery === undefined) return
    const { leg, target } = this.#delivery
    this.#deliver(leg ?? this.#leg, target ?? this.#target, true)
  }

  /** What is kept of it when its call is over, while the 2xx may come again: once it is out, what was sent and where to. */
  whenOver(): RepeatableAck {
    const leg = this.#delivery?.leg ?? this.#leg
    const target = this.#delivery?.target ?? this.#target
    if (this.#delivery === undefined || target === undefined) return this
    return new SentAck(this.#core, this.tag, textOrOctets(this.request), leg, target)
  }

  #deliver(leg: Leg | undefined, target: Target | undefined, keepVia: boolean): Delivery {
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

/** A text is kept with less than octets are. Those are a copy: what was written stands in a pool, all of which it would keep. */
function textOrOctets(request: SipRequest): string | Uint8Array {
  const text = request.toString()
  return text.includes('\ufffd') ? new Uint8Array(request.toBytes()) : text
}
