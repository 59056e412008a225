import type { SipResponse } from '@netsip/message'
import type { SipError } from '@netsip/runtime'
import type { Leg, Target } from '@netsip/transport'
import type { Body } from '../request/body.ts'
import { type Arrival, ClientRequest, type ResponseHandler } from '../request/client-request.ts'
import { failed, type Pending, succeeded } from '../context/completion.ts'
import type { Context, ContextCallback } from '../context/context.ts'
import type { Core } from '../core.ts'
import type { Dialog } from '../dialog/dialog.ts'
import { stateError } from '../errors.ts'
import type { EndReason } from '../context/events.ts'
import { OutcomeBox } from '../context/outcome.ts'
import type { HeaderField } from '../request/request-args.ts'
import { prepareRequest } from '../request/prepare-request.ts'

/** How a BYE is sent, and who hears of its end. */
export interface ByeOptions {
  readonly callback?: ContextCallback | undefined
  readonly outcome?: OutcomeBox | undefined
  readonly fields?: readonly HeaderField[] | undefined
  readonly body?: Body | null | undefined
  readonly leg?: Leg | undefined
  readonly target?: Target | undefined
  /** Why the dialog ends; default: we hung up. */
  readonly reason?: EndReason
}

/**
 * Ends a dialog with BYE (RFC 3261 15.1.1): whatever is answered, or nothing at all, the dialog is over afterwards.
 * A callee whose 2xx has no ACK yet waits for it first (RFC 3261 15).
 */
export function sendBye(core: Core, ctx: Context, dialog: Dialog, options: ByeOptions = {}): void {
  if (dialog.state === 'terminated' || dialog.ending) throw stateError('this dialog is over already')
  if (dialog.state === 'early' && dialog.role === 'uas') {
    throw stateError('a callee refuses an early dialog with a final response, not with BYE (RFC 3261 15)')
  }
  const bye = new Bye(core, ctx, dialog, options)
  dialog.beginEnd()
  // Who hangs up in the middle of answering the 2xx has nothing more to say in its ACK.
  dialog.ack?.send()
  const pendingAck = core.pendingAcks.get(dialog)
  if (pendingAck === undefined) bye.start()
  else pendingAck.whenDone(() => bye.start())
}

class Bye implements ResponseHandler {
  readonly #dialog: Dialog
  readonly #reason: EndReason
  readonly #pending: Pending
  readonly #client: ClientRequest

  constructor(core: Core, ctx: Context, dialog: Dialog, options: ByeOptions) {
    this.#dialog = dialog
    this.#reason = options.reason ?? { by: 'local' }
    this.#pending = { core, ctx, callback: options.callback, outcome: options.outcome ?? new OutcomeBox() }
    const request = dialog.createRequest('BYE')
    const { callback, leg, target, fields, body } = options
    prepareRequest(core, ctx, request, { fields, body })
    this.#client = new ClientRequest({ core, ctx, request, handler: this, dialog, callback, leg, target })
  }

  start(): void {
    if (this.#dialog.state !== 'terminated') return this.#client.start()
    failed(this.#pending, this.#client.request, stateError('the peer hung up first'))
  }

  success(arrival: Arrival): void {
    this.#over()
    succeeded(this.#pending, arrival, this.#dialog)
  }

  failure(error: SipError, arrival?: Arrival): void {
    this.#over()
    const response: SipResponse | undefined = arrival?.response
    // A 481 says what we wanted to hear: the dialog is gone at the other end too.
    if (arrival !== undefined && response?.status === 481) return succeeded(this.#pending, arrival, this.#dialog)
    failed(this.#pending, this.#client.request, error, arrival)
  }

  #over(): void {
    const { core, ctx } = this.#pending
    core.endDialog(ctx, this.#dialog, this.#reason)
  }
}
