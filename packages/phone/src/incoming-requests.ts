import type { Context, Endpoint } from '@netsip/endpoint'
import { type NameAddr, SipParseError, type SipRequest, type SipUri } from '@netsip/message'
import { type MediaSession, readDtmfInfo } from '@netsip/media'
import { type Clock, isSipError } from '@netsip/runtime'
import type { Leg, Source } from '@netsip/transport'
import { Call } from './call/call.ts'
import { asError } from './emitter.ts'
import { IncomingInvite } from './call/incoming-invite.ts'
import { sdpOf, sdpType } from './call/sdp-body.ts'
import type { Waiting } from './settle.ts'
import { type Place, TransferRequest } from './call/transfer-request.ts'

interface IncomingRequestsInit {
  endpoint: Endpoint
  aor: SipUri
  clock: Clock
  waiting: Waiting
  maxCalls: number
  /** The calls that are not over. */
  calls: ReadonlySet<Call>
  /** A session for a peer at this address. */
  createSession: (from: Source) => Promise<MediaSession>
  onCall: (call: Call) => void
  /** @returns whether somebody took it */
  onMessage: (message: { from: NameAddr; request: SipRequest; text: string }) => boolean
  /** Makes a call that a peer asks for. */
  place: Place
  report: (error: Error) => void
}

/** A call whose requests are answered here. */
interface TrackedCall {
  call: Call
  session: MediaSession
  invite: IncomingInvite | undefined
  /** Our offer in the 200 to a re-INVITE is not answered yet. */
  offered: boolean
  /** What its peer has asked for last. */
  transfer?: TransferRequest
}

type Headers = Record<string, string>

/** How long a key counts as held that came by INFO without a duration, and how long at most, ms. */
const usualDigitMs = 160
const longestDigitMs = 10_000

/** Answers what peers ask of the phone: new calls, and requests in calls that are up. */
export class IncomingRequests {
  readonly #init: IncomingRequestsInit
  readonly #tracked = new WeakMap<Context, TrackedCall>()

  constructor(init: IncomingRequestsInit) {
    this.#init = init
  }

  /** Knows the call of a context that we began, so that requests in it find it. */
  track(ctx: Context, call: Call, session: MediaSession): void {
    this.#tracked.set(ctx, { call, session, invite: undefined, offered: false })
  }

  /** The endpoint's application. */
  handle(ctx: Context, request: SipRequest, leg: Leg, from: Source): void | Promise<void> {
    const respond = (status: number, headers: Headers = {}, body?: string): void => {
      const response = request.createResponse(status, { headers, ...(body !== undefined && { body }) })
      this.#init.endpoint.newResponse(ctx, response, leg, from)
    }
    switch (request.method) {
      case 'INVITE':
        return request.to.tag === undefined
          ? this.#invite(ctx, request, leg, from, respond)
          : this.#reinvite(ctx, request, respond)
      case 'ACK':
        return this.#acknowledged(ctx, request)
      case 'BYE':
      case 'CANCEL':
        return undefined
      case 'UPDATE':
        return request.body.length === 0 ? respond(200) : this.#reinvite(ctx, request, respond)
      case 'PRACK':
        // An offer of the caller's in the middle of ours, as we describe the sound in no provisional response.
        return respond(488)
      case 'OPTIONS':
        return respond(this.#busy ? 486 : 200, { Accept: sdpType })
      case 'INFO':
        return this.#info(ctx, request, respond)
      case 'REFER':
        return this.#refer(ctx, request, respond)
      case 'MESSAGE':
        return this.#message(request, respond)
      default:
        return respond(501)
    }
  }

  get #busy(): boolean {
    return this.#init.calls.size >= this.#init.maxCalls
  }

  async #invite(ctx: Context, request: SipRequest, leg: Leg, from: Source, respond: Respond): Promise<void> {
    const { replaces } = ctx
    if (this.#busy && !replaces) return respond(486)
    if (request.body.length > 0 && sdpOf(request) === undefined) return respond(415, { Accept: sdpType })
    const session = await this.#init.createSession(from)
    const offer = sdpOf(request)
    let answer: string | undefined
    try {
      answer = offer === undefined ? undefined : await session.acceptOffer(offer)
    } catch (error) {
      await session.close()
      if (ctx.state !== 'closed') respond(refusalOf(error), warning(error))
      return undefined
    }
    // The caller may have given up while the ports were opened.
    if (ctx.state === 'closed') return session.close()
    const { clock, waiting, report, endpoint, aor, calls } = this.#init
    const call = new Call({
      aor,
      replaces: replaces && [...calls].find((one) => one.has(replaces)),
      id: ctx.callId,
      direction: 'in',
      local: request.to,
      remote: request.from,
      session,
      clock,
      waiting,
      report,
    })
    const invite = new IncomingInvite({ endpoint, ctx, request, leg, from, session, answer, call })
    call.attach(invite)
    this.#tracked.set(ctx, { call, session, invite, offered: false })
    this.#init.onCall(call)
  }

  /** A changed description for a call that is up (RFC 3261 14.2, RFC 3311); one that cannot be had leaves the call as it is. */
  async #reinvite(ctx: Context, request: SipRequest, respond: Respond): Promise<void> {
    const tracked = this.#tracked.get(ctx)
    if (!tracked) return respond(481)
    const offer = sdpOf(request)
    if (request.body.length > 0 && offer === undefined) return respond(415, { Accept: sdpType })
    try {
      const answer =
        offer === undefined ? await tracked.session.createOffer() : await tracked.session.acceptOffer(offer)
      tracked.offered = offer === undefined
      respond(200, { 'Content-Type': sdpType }, answer)
      if (!tracked.offered) tracked.call.renegotiated()
    } catch (error) {
      respond(refusalOf(error), warning(error))
    }
  }

  #acknowledged(ctx: Context, ack: SipRequest): void {
    const tracked = this.#tracked.get(ctx)
    if (!tracked?.offered) return tracked?.invite?.acknowledged(ack)
    tracked.offered = false
    try {
      tracked.session.acceptAnswer(sdpOf(ack) ?? '')
      tracked.call.renegotiated()
    } catch (error) {
      this.#init.report(asError(error))
      void tracked.call.hangup()
    }
  }

  #info(ctx: Context, request: SipRequest, respond: Respond): void {
    const tracked = this.#tracked.get(ctx)
    if (!tracked) return respond(481)
    const digit = readDtmfInfo(request.contentType ?? '', request.text)
    if (!digit && request.body.length > 0) return respond(415, { Accept: 'application/dtmf-relay, application/dtmf' })
    respond(200)
    if (digit) tracked.call.digitByInfo(digit.digit, Math.min(digit.durationMs ?? usualDigitMs, longestDigitMs))
  }

  /** RFC 3515 2.4.2: taken on at once, as a person may think longer than a request lives; what comes of it is reported. */
  #refer(ctx: Context, request: SipRequest, respond: Respond): void {
    const tracked = this.#tracked.get(ctx)
    if (!tracked || tracked.call.listenerCount('transfer') === 0) return respond(603)
    const { call, transfer } = tracked
    // Or one REFER after the other would make as many calls.
    if (transfer && !transfer.over) return respond(491)
    try {
      const asked = this.#init.endpoint.acceptRefer(ctx, request)
      if (asked.method !== 'INVITE') return asked.report(501)
      tracked.transfer = new TransferRequest(asked, this.#init.place, call, this.#init.clock)
      call.askedToTransfer(tracked.transfer)
    } catch (error) {
      if (!(error instanceof SipParseError) && !isSipError(error)) throw error
      respond(400)
    }
  }

  #message(request: SipRequest, respond: Respond): void {
    const type = request.contentType?.split(';')[0]?.trim().toLowerCase() ?? 'text/plain'
    if (type !== 'text/plain') return respond(415, { Accept: 'text/plain' })
    const taken = this.#init.onMessage({ from: request.from, request, text: request.text })
    respond(taken ? 200 : 480)
  }
}

type Respond = (status: number, headers?: Headers, body?: string) => void

function refusalOf(error: unknown): number {
  const code = isSipError(error) ? error.code : ''
  return code === 'ERR_MEDIA_NO_CODEC' || code === 'ERR_MEDIA_SDP' ? 488 : 500
}

/** RFC 3261 20.43: 304 media type not available, 399 anything else. */
function warning(error: unknown): Headers {
  const text = asError(error)
    .message.replace(/[^ -!#-[\]-~]/g, ' ')
    .slice(0, 120)
  return refusalOf(error) === 488 ? { Warning: `304 netsip "${text}"` } : {}
}
