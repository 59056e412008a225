import { type CSeq, type NameAddr, SipRequest, type SipResponse, type Uri } from '@netsip/message'
import type { Leg, Source, Target } from '@netsip/transport'
import type { Account } from './account.ts'
import { AckSender, type RepeatableAck } from './ack.ts'
import { sendBye } from './bye.ts'
import { Context, inside } from './context.ts'
import type { Core } from './core.ts'
import { credentialsOf, Dialog } from './dialog.ts'
import { hasMoreVias } from './more-vias.ts'

/**
 * Forks of one INVITE that may ring, and as many again that may answer without: more than proxies make (RFC 5393 has them
 * fork to 60), and few enough for a peer that invents them. The others get no dialog and no ACK; their ends give up by themselves.
 */
export const MAX_FORKS = 100

/** The ACK that was sent to a fork. */
export interface Acknowledged {
  readonly tag: string
  readonly ack: RepeatableAck
}

/** How the INVITE was sent. */
export interface InviteWay {
  readonly account: Account | undefined
  readonly leg: Leg | undefined
  readonly target: Target | undefined
}

/** What of the INVITE stands in the ACK and BYE of a late answer. */
interface Kept {
  readonly uri: Uri
  readonly from: NameAddr
  readonly callId: string
  readonly cseq: CSeq
  readonly credentials: readonly (readonly [name: string, value: string])[]
}

function restored({ uri, from, callId, cseq, credentials }: Kept): SipRequest {
  const invite = new SipRequest({ method: 'INVITE', uri, headers: credentials })
  invite.from = from
  invite.callId = callId
  invite.cseq = cseq
  return invite
}

/**
 * What is left of an INVITE whose call is over, while its transaction waits for repeated 2xx and for those of other forks:
 * the former get their ACK again, the latter ACK and BYE (RFC 3261 13.2.2.4, 15). Without it each call would keep its
 * context, its dialogs and all of their messages for 32 s.
 */
export class LateAnswers {
  readonly #core: Core
  readonly #invite: Kept
  readonly #acks: Acknowledged[]
  readonly #way: InviteWay

  constructor(core: Core, invite: SipRequest, acks: Acknowledged[], way: InviteWay) {
    this.#core = core
    const { uri, from, callId, cseq } = invite
    this.#invite = { uri, from, callId, cseq, credentials: credentialsOf(invite) }
    this.#acks = acks
    this.#way = way
  }

  receive(response: SipResponse, leg: Leg, from: Source): void {
    if (response.status < 200 || response.status > 299 || hasMoreVias(response)) return
    const tag = response.to.tag ?? ''
    const known = this.#acks.find((one) => one.tag === tag)
    if (known !== undefined) return known.ack.repeat()
    if (this.#acks.length >= 2 * MAX_FORKS) return
    this.#core.guard(() => this.#hangUp(tag, response, leg, from))
  }

  #hangUp(tag: string, response: SipResponse, leg: Leg, from: Source): void {
    const core = this.#core
    const { account, leg: way, target } = this.#way
    const invite = restored(this.#invite)
    const ctx = new Context(core.endpoint, { from: invite.from, to: response.to, callid: invite.callId }, core.random)
    const own = inside(ctx)
    own.closed = own.muted = true
    own.account = account
    const dialog = Dialog.fromResponse(invite, response)
    dialog.path = { leg, from }
    core.addDialog(ctx, dialog)
    const ack = new AckSender(core, ctx, dialog, invite, way, target)
    this.#acks.push({ tag, ack })
    ack.send()
    sendBye(core, ctx, dialog)
  }
}
