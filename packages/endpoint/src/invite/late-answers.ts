import type { ResponseHeir } from '@netsip/dispatcher'
import { SipRequest, type SipResponse } from '@netsip/message'
import type { Leg, Source, Target } from '@netsip/transport'
import type { Account } from '../request/account.ts'
import { AckSender, type RepeatableAck } from './ack.ts'
import { sendBye } from './bye.ts'
import { Context, inside } from '../context/context.ts'
import type { Core } from '../core.ts'
import { credentialsOf, Dialog } from '../dialog/dialog.ts'
import { hasMoreVias } from '../request/more-vias.ts'

/**
 * Forks of one INVITE that may ring, and as many again that may answer without: more than proxies make (RFC 5393 has them
 * fork to 60), and few enough for a peer that invents them. The others get no dialog and no ACK; their ends give up by themselves.
 */
export const MAX_FORKS = 100

/** How the INVITE was sent. */
export interface InviteWay {
  readonly account: Account | undefined
  readonly leg: Leg | undefined
  readonly target: Target | undefined
}

/**
 * What is left of an INVITE whose call is over, while its transaction waits for repeated 2xx and for those of other forks:
 * the former get their ACK again, the latter ACK and BYE (RFC 3261 13.2.2.4, 15). Without it each call would keep its
 * context, its dialogs and all of their messages for 32 s.
 */
export class LateAnswers implements ResponseHeir {
  readonly #core: Core
  readonly #acks: RepeatableAck[]
  readonly #account: Account | undefined
  readonly #leg: Leg | undefined
  readonly #target: Target | undefined
  // What of the INVITE stands in the ACK and BYE of a late answer, as text: its values are many objects.
  readonly #uri: string
  readonly #from: string
  readonly #callId: string
  readonly #seq: number
  readonly #credentials: readonly (readonly [name: string, value: string])[]

  constructor(core: Core, invite: SipRequest, acks: RepeatableAck[], { account, leg, target }: InviteWay) {
    this.#core = core
    this.#acks = acks
    this.#account = account
    this.#leg = leg
    this.#target = target
    this.#uri = invite.uri.toString()
    this.#from = invite.from.toString()
    this.#callId = invite.callId
    this.#seq = invite.cseq.seq
    this.#credentials = credentialsOf(invite)
  }

  receive(response: SipResponse, leg: Leg, from: Source): void {
    if (response.status < 200 || response.status > 299 || hasMoreVias(response)) return
    const tag = response.to.tag ?? ''
    const known = this.#acks.find((ack) => ack.tag === tag)
    if (known !== undefined) return known.repeat()
    if (this.#acks.length >= 2 * MAX_FORKS) return
    this.#core.guard(() => this.#hangUp(response, leg, from))
  }

  #hangUp(response: SipResponse, leg: Leg, from: Source): void {
    const core = this.#core
    const invite = this.#invite()
    const ctx = new Context(core.endpoint, { from: invite.from, to: response.to, callid: invite.callId }, core.random)
    const own = inside(ctx)
    own.closed = own.muted = true
    own.account = this.#account
    const dialog = Dialog.fromResponse(invite, response)
    dialog.path = { leg, from }
    core.addDialog(ctx, dialog)
    const ack = new AckSender(core, ctx, dialog, invite, this.#leg, this.#target)
    this.#acks.push(ack)
    ack.send()
    sendBye(core, ctx, dialog)
  }

  #invite(): SipRequest {
    const headers = [
      ['From', this.#from],
      ['Call-ID', this.#callId],
      ['CSeq', `${this.#seq} INVITE`],
      ...this.#credentials,
    ] as const
    return new SipRequest({ method: 'INVITE', uri: this.#uri, headers })
  }
}
