import type { DeliverOptions } from '@netsip/dispatcher'
import type { NameAddr, SipRequest, SipResponse } from '@netsip/message'
import { GuardedEmitter, type Random, type SipError } from '@netsip/runtime'
import type { Leg, Source } from '@netsip/transport'
import type { Account } from '../request/account.ts'
import type { Body } from '../request/body.ts'
import { type ContextInit, type ContextParts, readContextInit } from './context-init.ts'
import type { Dialog } from '../dialog/dialog.ts'
import type { ContextEvents } from './events.ts'
import type { Callback } from '../invoke-callback.ts'
import { type Outcome, OutcomeBox } from './outcome.ts'
import type { RequestArgs } from '../request/request-args.ts'
import { addressUri } from '../dialog/route-set.ts'
import type { TransactionName } from '../response/transaction-name.ts'

/** An endpoint as contexts and callbacks know it. */
export interface UserAgent {
  invite(ctx: Context | ContextInit, callback?: ContextCallback | null, body?: Body | null, args?: RequestArgs): Context
  newRequest(
    method: string | SipRequest,
    ctx: Context | ContextInit,
    callback?: ContextCallback | null,
    body?: Body | null,
    args?: RequestArgs,
  ): Context
  newResponse(ctx: Context, response: SipResponse, leg?: Leg, addr?: Source): void
  cancelInvite(ctx: Context, request?: SipRequest | null, callback?: ContextCallback | null): 0 | 1
  closeContext(ctx: Context | undefined): void
  hangUp(ctx: Context): Promise<void>
  receiveRequest(request: SipRequest, leg: Leg, from: Source): void | boolean | Promise<void | boolean>
}

/** What a context callback is called with. */
export type ContextCallbackArgs = [
  endpoint: UserAgent,
  ctx: Context,
  /** Set when the request failed: no response, or a final response of 300 and above. */
  error: SipError | undefined,
  /** Status of the response; `undefined` without one. */
  status: number | undefined,
  /** The response, or a request of the peer on this context. */
  packet: SipRequest | SipResponse | undefined,
  leg: Leg | undefined,
  from: Source | undefined,
  /** With a 2xx to INVITE the ACK, with a reliable provisional the PRACK: it leaves when the callback (or its promise) is done. */
  ack: SipRequest | undefined,
]

/** Any callback form, called with {@link ContextCallbackArgs}. */
export type ContextCallback = Callback<ContextCallbackArgs>

/** `idle` nothing going on · `calling` an INVITE is out or in · `early` ringing with a dialog · `confirmed` · `closed`. */
export type ContextState = 'idle' | 'calling' | 'early' | 'confirmed' | 'closed'

/** A request of ours that the context keeps until its transaction is over. */
export interface OutgoingRequest {
  readonly method: string
  readonly request: SipRequest
  /** A final response came, or it failed. */
  readonly done: boolean
  matches(response: SipResponse): boolean
  receive(response: SipResponse, leg: Leg, from: Source): void
  /** Ends as failed, and stops sending. */
  fail(error: SipError): void
  /** Stops sending; what comes is still handled. */
  quiet(): void
  /** The context is closed: lets go of it. */
  release(): void
  /** Waits no longer for credentials that somebody is asked for, unless it ends what the peer would keep. */
  giveUp(): void
}

/** A request of the peer that has not been answered finally. */
export interface IncomingRequest {
  readonly transaction: TransactionName
  readonly request: SipRequest
  readonly leg: Leg
  readonly from: Source
  readonly dialog: Dialog | undefined
  /** The call this one takes the place of when it is accepted (RFC 3891). */
  readonly replaces?: { readonly dialog: Dialog } | undefined
}

/** A request of the peer that has been answered finally. */
export interface AnsweredRequest {
  readonly transaction: TransactionName
  readonly as: 'answered' | 'cancelled'
}

/** Something beside a call that lives in a context: a subscription of ours or of the peer (RFC 5057). */
export interface ContextUsage {
  readonly dialog: Dialog | undefined
  /** Is this request, in this dialog, for it? */
  matches(request: SipRequest, dialog: Dialog | undefined): boolean
  receive(server: IncomingRequest): void
  /** Ends it as its protocol asks. */
  end(): void
  /** The peer's end of the dialog is gone, or the context is closed: it is over, without a word. */
  lost(): void
}

/** What the stack keeps about a context and applications do not see. */
export interface ContextInside {
  readonly owner: UserAgent
  readonly parts: ContextParts
  /** Our address with our tag, as it was given or received. */
  readonly local: NameAddr
  readonly emitter: GuardedEmitter<ContextEvents>
  readonly outgoing: OutgoingRequest[]
  readonly incoming: IncomingRequest[]
  /** The requests answered last, so that a second answer is told from a stray one. */
  readonly answered: AnsweredRequest[]
  readonly dialogs: Dialog[]
  readonly usages: ContextUsage[]
  /** How our answers leave. */
  answering: DeliverOptions | undefined
  account: Account | undefined
  callback: ContextCallback | undefined
  outcome: OutcomeBox
  cseq: number
  /** A Contact the registrar of our address gave us (RFC 5627). */
  gruu: NameAddr | undefined
  closed: boolean
  /** Closed by the application: no callback any more. */
  muted: boolean
  /** Stays open without a dialog: a registration. */
  keep: boolean
  /** Hung up: it closes with the last answer that is still to come, and nothing keeps it. */
  leaving: boolean
  /** Closed by a challenge nobody could answer: `resp40x` may open it again. */
  challenged: boolean
}

let read: (ctx: Context) => ContextInside

/** Call-ID and our tag: credentials, callbacks, outstanding requests and none to many dialogs. Made by an Endpoint. */
export class Context {
  /** Byte-exact Call-ID. */
  readonly callId: string
  /** True when the peer started it. */
  readonly incoming: boolean
  readonly #inside: ContextInside
  #local: NameAddr | undefined
  #peer: NameAddr | undefined

  static {
    read = (ctx) => ctx.#inside
  }

  constructor(owner: UserAgent, init: ContextInit, random: Random) {
    const parts = readContextInit(init)
    this.incoming = init.incoming === true
    this.callId = init.callid ?? init.callId ?? random.hex(16)
    const local = this.incoming ? parts.to : parts.from
    this.#inside = {
      owner,
      parts,
      local: local.tag === undefined ? local.with({ tag: random.hex(8) }) : local,
      emitter: new GuardedEmitter(),
      outgoing: [],
      incoming: [],
      answered: [],
      dialogs: [],
      usages: [],
      answering: undefined,
      account: undefined,
      callback: undefined,
      outcome: new OutcomeBox(),
      cseq: parts.cseq,
      gruu: undefined,
      closed: false,
      muted: false,
      keep: false,
      leaving: false,
      challenged: false,
    }
  }

  /** The Call-ID by the name it has in Net::SIP. */
  get callid(): string {
    return this.callId
  }

  /** From as the first request has it, without what does not belong there (RFC 3261 19.1.1, table 1). */
  get from(): NameAddr {
    return this.incoming ? this.peer : this.local
  }

  /** To as the first request has it, without what does not belong there. */
  get to(): NameAddr {
    return this.incoming ? this.local : this.peer
  }

  /** Our address with our tag. */
  get local(): NameAddr {
    return (this.#local ??= asAddress(this.#inside.local))
  }

  /** The address of the peer. */
  get peer(): NameAddr {
    const { from, to } = this.#inside.parts
    return (this.#peer ??= asAddress(this.incoming ? from : to))
  }

  /** The dialogs of this context that are not over, oldest first. */
  get dialogs(): readonly Dialog[] {
    return this.#inside.dialogs
  }

  /** The call that the unanswered INVITE of the peer takes the place of when it is accepted (RFC 3891). */
  get replaces(): Dialog | undefined {
    return this.#inside.incoming.find(({ replaces }) => replaces !== undefined)?.replaces?.dialog
  }

  get state(): ContextState {
    const { closed, dialogs, outgoing, incoming } = this.#inside
    if (closed) return 'closed'
    if (dialogs.some((dialog) => dialog.state === 'confirmed')) return 'confirmed'
    if (dialogs.length > 0) return 'early'
    const calling = outgoing.some((one) => one.method === 'INVITE' && !one.done)
    return calling || incoming.some((one) => one.request.method === 'INVITE') ? 'calling' : 'idle'
  }

  /**
   * What becomes of the request sent last by `invite`, `register` or `newRequest`: resolves with its 2xx and dialog,
   * rejects with a SipError (a ResponseError when there was a response). A 2xx to INVITE counts when its ACK has left, which the
   * promise of a callback can hold back. The promise is created when it is first read.
   */
  get outcome(): Promise<Outcome> {
    return this.#inside.outcome.promise
  }

  /** Sends a request on this context; see Endpoint.newRequest. */
  newRequest(
    method: string | SipRequest,
    callback?: ContextCallback | null,
    body?: Body | null,
    args?: RequestArgs,
  ): this {
    this.#inside.owner.newRequest(method, this, callback, body, args)
    return this
  }

  /** Sets the callback for requests sent from now on and for requests of the peer. */
  setCallback(callback: ContextCallback | undefined): void {
    this.#inside.callback = callback
  }

  /** Our requests that have no final response, newest first. `filter` limits them to a method, or to one request. */
  findOutstandingRequests(filter?: string | SipRequest): SipRequest[] {
    return this.#inside.outgoing
      .filter((one) => !one.done && (filter === undefined || filter === one.method || filter === one.request))
      .map((one) => one.request)
  }

  /** Hands over a request of the peer, as the endpoint does. */
  handleRequest(request: SipRequest, leg: Leg, from: Source): void | boolean | Promise<void | boolean> {
    return this.#inside.owner.receiveRequest(request, leg, from)
  }

  /** Hands over a response; one that belongs to no transaction of this context is dropped (RFC 3261 8.1.3.3). */
  handleResponse(response: SipResponse, leg: Leg, from: Source): boolean {
    const request = this.#inside.outgoing.find((one) => one.matches(response))
    request?.receive(response, leg, from)
    return request !== undefined
  }

  /** Ends whatever is going on, as its state asks (CANCEL, BYE or a refusal), and resolves when it is over; never rejects. */
  hangUp(): Promise<void> {
    return this.#inside.owner.hangUp(this)
  }

  /** `await using ctx = endpoint.invite(...)` hangs up at the end of the block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.hangUp()
  }

  on<E extends keyof ContextEvents>(event: E, listener: (...args: ContextEvents[E]) => unknown): this {
    this.#inside.emitter.on(event, listener)
    return this
  }

  once<E extends keyof ContextEvents>(event: E, listener: (...args: ContextEvents[E]) => unknown): this {
    this.#inside.emitter.once(event, listener)
    return this
  }

  off<E extends keyof ContextEvents>(event: E, listener: (...args: ContextEvents[E]) => unknown): this {
    this.#inside.emitter.off(event, listener)
    return this
  }
}

function asAddress(value: NameAddr): NameAddr {
  const uri = addressUri(value.uri)
  return uri === value.uri ? value : value.with({ uri })
}

/** The inside of a context, for the files of this package. */
export function inside(ctx: Context): ContextInside {
  return read(ctx)
}
