import type { KeepAck, Path, ResponseHeir, SentAck } from '@netsip/dispatcher'
import type { SipRequest, SipResponse } from '@netsip/message'
import type { Leg, Source } from '@netsip/transport'
import type { Account } from '../request/account.ts'
import { AckSender, type AckWay } from './ack.ts'
import { sendBye } from './bye.ts'
import { Context, inside } from '../context/context.ts'
import type { Core } from '../core.ts'
import { Dialog } from '../dialog/dialog.ts'
import { hasMoreVias } from '../request/more-vias.ts'

/**
 * Forks of one INVITE that may ring, and as many again that may answer without: more than proxies make (RFC 5393 has them
 * fork to 60), and few enough for a peer that invents them. The others get no dialog and no ACK; their ends give up by themselves.
 */
export const MAX_FORKS = 100

/**
 * Answers the 2xx that come when their call is over: a repeated one gets its ACK again, that of another fork ACK and BYE
 * (RFC 3261 13.2.2.4, 15). What they need of the INVITE stands in the ACKs: else each call would keep its context, its
 * dialogs and all of their messages for 32 s.
 */
export class LateAnswers implements ResponseHeir {
  readonly #core: Core
  readonly #account: Account | undefined
  readonly #way: AckWay

  constructor(core: Core, account?: Account, way: AckWay = {}) {
    this.#core = core
    this.#account = account
    this.#way = way
  }

  receive(response: SipResponse, leg: Leg, from: Source, acks: readonly SentAck[], keep: KeepAck): void {
    this.#core.guard(() => this.#answer(response, { leg, from }, acks, keep))
  }

  #answer(response: SipResponse, path: Path, acks: readonly SentAck[], keep: KeepAck): void {
    if (hasMoreVias(response)) return
    const { tag } = response.to
    const known = acks.find(({ request }) => request.to.tag === tag)
    if (known !== undefined) this.#core.dispatcher.deliver(known.request, { keepVia: true, path, ...this.#way })
    else if (acks.length < MAX_FORKS) this.#hangUp(acks[0]!.request, response, path, keep)
  }

  /** The ACK of another fork has all of their INVITE that is needed here. */
  #hangUp(invite: SipRequest, response: SipResponse, path: Path, keep: KeepAck): void {
    const core = this.#core
    const ctx = new Context(core.endpoint, { from: invite.from, to: response.to, callid: invite.callId }, core.random)
    const own = inside(ctx)
    own.closed = own.muted = true
    own.account = this.#account
    const dialog = Dialog.fromResponse(invite, response)
    dialog.path = path
    core.addDialog(ctx, dialog)
    const ack = new AckSender(core, ctx, dialog, invite, this.#way)
    ack.send()
    keep(ack)
    sendBye(core, ctx, dialog)
  }
}
