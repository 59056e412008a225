import type { Context, Dialog, Endpoint } from '@netsip/endpoint'
import type { SipRequest, SipResponse, Uri } from '@netsip/message'
import type { MediaSession } from '@netsip/media'
import { SipError } from '@netsip/runtime'
import { type CallError, callError } from './call-error.ts'
import type { CallSignalling } from './call-signalling.ts'
import type { Call } from './call.ts'
import { DialogRequests } from './dialog-requests.ts'
import { sdpOf } from './sdp-body.ts'

interface OutgoingInit {
  endpoint: Endpoint
  ctx: Context
  call: Call
  session: MediaSession
  target: Uri
}

/** The signalling of a call that we make (RFC 3261 13.2). */
export class OutgoingInvite implements CallSignalling {
  readonly #endpoint: Endpoint
  readonly #ctx: Context
  readonly #call: Call
  readonly #session: MediaSession
  readonly #what: string
  readonly inside: DialogRequests
  /** The dialog of the call: the first that a 2xx confirmed. */
  #dialog: Dialog | undefined
  #described = false
  #hungUp = false
  #broken: CallError | undefined

  constructor(init: OutgoingInit) {
    this.#endpoint = init.endpoint
    this.#ctx = init.ctx
    this.#call = init.call
    this.#session = init.session
    this.#what = `the call to ${init.target.toString()}`
    this.inside = new DialogRequests(init.endpoint, init.ctx)
    init.ctx
      .on('progress', (response) => this.#progress(response))
      .on('accepted', (response, dialog) => this.#accepted(response, dialog))
      .on('established', () => this.#established())
      .on('failed', (error, request) => this.#failed(error, request))
      // Early dialogs end with the INVITE, of which `failed` tells more; those of further forks end by themselves.
      .on('ended', (dialog, reason) => dialog === this.#dialog && this.#finish(reason.by, reason.error))
  }

  ring(): void {
    throw new SipError('ERR_SIP_STATE', 'only a call that came in can ring')
  }

  reject(): void {
    throw new SipError('ERR_SIP_STATE', 'only a call that came in can be refused')
  }

  answer(): Promise<void> {
    return Promise.reject(new SipError('ERR_SIP_STATE', 'only a call that came in can be answered'))
  }

  hangup(): void {
    if (this.#hungUp) return
    this.#hungUp = true
    if (this.#call.state === 'answered') this.inside.bye()
    // Where the answer crosses our CANCEL, the 2xx is acknowledged and then ended by a BYE (RFC 3261 9.1).
    else this.#endpoint.cancelInvite(this.#ctx)
  }

  #progress(response: SipResponse): void {
    const description = sdpOf(response)
    if (description !== undefined && !this.#described) this.#describe(description)
    this.#call.progress(response.status, response.reason, this.#described)
  }

  #accepted(response: SipResponse, dialog: Dialog): void {
    this.#dialog ??= dialog
    const description = sdpOf(response)
    if (this.#described) return
    if (description === undefined) {
      this.#giveUp(new SipError('ERR_MEDIA_SDP', 'the answer says nothing about the sound'))
    } else this.#describe(description)
  }

  /** Applies the answer to our offer: the first one that comes counts (RFC 3261 13.2.1). */
  #describe(description: string): void {
    try {
      this.#session.acceptAnswer(description)
      this.#described = true
      this.#session.start()
    } catch (error) {
      this.#giveUp(error)
    }
  }

  #giveUp(error: unknown): void {
    this.#broken ??= callError(error, this.#what)
  }

  #established(): void {
    if (this.#hungUp || this.#broken) this.inside.bye()
    else this.#call.establish()
  }

  #failed(error: Error, request: SipRequest): void {
    if (request.method === 'INVITE' && this.#call.state !== 'answered') {
      this.#finish(callError(error, this.#what).local ? 'error' : 'remote', error)
    }
  }

  #finish(by: 'local' | 'remote' | 'error', cause: unknown): void {
    const cancelled = new SipError('ERR_SIP_CANCELLED', 'hung up before the answer')
    const error = this.#broken ?? callError(this.#hungUp ? cancelled : (cause ?? cancelled), this.#what)
    if (this.#broken) void this.#call.finish({ by: 'error', status: error.status, reason: error.message }, error)
    else if (this.#hungUp) void this.#call.finish({ by: 'local' }, error)
    else if (cause === undefined) void this.#call.finish({ by }, error)
    else void this.#call.finish({ by, status: error.status, reason: error.reason }, error)
  }
}
