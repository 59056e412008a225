import type { SipParseError, SipRequest } from '@netsip/message'
import type { Leg, Source } from '@netsip/transport'
import { inviteFromCancel } from './cancel.ts'
import type { Core } from '../core.ts'
import { InviteServer } from './invite-server.ts'
import { answerMalformed, readMandatory } from './malformed.ts'
import { isParseError, reasonOf } from './unreadable.ts'
import { NonInviteServer } from './non-invite-server.ts'
import type { ServerTransaction } from './server-transaction.ts'
import { StatelessResponder } from './stateless.ts'

const NON_INVITE = 'BYE OPTIONS REGISTER PRACK SUBSCRIBE NOTIFY PUBLISH INFO REFER MESSAGE UPDATE'.split(' ')

/** Takes in requests: finds or makes their transaction, and hands each to the receiver once. */
export class ServerSide {
  readonly responder: StatelessResponder
  readonly #core: Core

  constructor(core: Core) {
    this.#core = core
    this.responder = new StatelessResponder(core)
  }

  receive(request: SipRequest, leg: Leg, source: Source): void {
    try {
      if (request.method === 'ACK') this.#receiveAck(request, leg, source)
      else this.#receive(request, leg, source)
    } catch (error) {
      if (isParseError(error)) this.responder.refuse(request, 400, reasonOf(error), leg, source)
      else this.#core.report(error, request)
    }
  }

  malformed(error: SipParseError, leg: Leg, source: Source): void {
    answerMalformed(this.#core, this.responder, error, leg, source)
  }

  /** The INVITE that a CANCEL is for (RFC 3261 9.2). */
  findInvite(cancel: SipRequest): SipRequest | undefined {
    const found = this.#core.servers.find(cancel, 'INVITE')
    const kept = found instanceof InviteServer ? found.request : undefined
    return found && (kept ?? inviteFromCancel(cancel))
  }

  /** Whether a CANCEL is for another request than an INVITE. Its method is not said, so that all are tried. */
  namesRequest(cancel: SipRequest): boolean {
    return NON_INVITE.some((method) => this.#core.servers.find(cancel, method) !== undefined)
  }

  #receive(request: SipRequest, leg: Leg, source: Source): void {
    const core = this.#core
    const { method } = request
    const known = core.servers.find(request, method)
    if (known) return known.repeat()
    core.stats.countRequest(core.stats.requestsIn, method)
    readMandatory(request)
    if (request.cseq.method !== method) {
      return this.responder.refuse(request, 400, 'Bad Request: CSeq Names Another Method', leg, source)
    }
    const transaction = core.receiver && this.#open(request, leg, source)
    if (!transaction) return this.responder.shed(request, leg, source)
    core.hand(request, leg, source, transaction)
    transaction.await()
  }

  #open(request: SipRequest, leg: Leg, source: Source): ServerTransaction | undefined {
    const core = this.#core
    if (core.servers.crowded || core.overload?.refuses(request, core.fill)) return undefined
    const origin = core.admission.admit(source, request, core.stats.total)
    if (!origin) return undefined
    const Machine = request.method === 'INVITE' ? InviteServer : NonInviteServer
    const transaction = new Machine(core, leg, source, request, origin)
    core.addServer(transaction, request, source)
    transaction.start()
    return transaction
  }

  #receiveAck(request: SipRequest, leg: Leg, source: Source): void {
    const core = this.#core
    core.stats.countRequest(core.stats.requestsIn, 'ACK')
    readMandatory(request)
    const invite = core.servers.find(request, 'INVITE')
    if (invite instanceof InviteServer ? !invite.acknowledge() : this.responder.isAckOfOurs(request)) return
    if (!core.hand(request, leg, source)) core.drop('no-receiver', source)
  }
}
