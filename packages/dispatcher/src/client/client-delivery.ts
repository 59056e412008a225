import { MAGIC_COOKIE, type SipRequest, type SipResponse } from '@netsip/message'
import { isSipError, SipError, TimerEntry } from '@netsip/runtime'
import { describeTarget, type Hop, type Leg, type Source, type Target } from '@netsip/transport'
import type { ClientTransaction, ClientUser } from './client-transaction.ts'
import type { Core } from '../core.ts'
import type { DeliverOptions, Delivery } from '../delivery.ts'
import { deliveryId, type DeliveryKey } from '../delivery-id.ts'
import { InviteClient } from './invite-client.ts'
import type { ResponseHeir, SentAck } from './kept-ack.ts'
import { NonInviteClient } from './non-invite-client.ts'
import { byPath, pathOnly } from '../path.ts'

// RFC 3261 18.1.1: what is larger may not fit the path, and UDP would not say so.
const largestOnUdp = 1300

/** One place a request may go to. */
interface Attempt {
  readonly leg: Leg
  readonly target: Target
  /** Only when the attempt before it found the transport closed: back from TCP to UDP (RFC 3261 18.1.1). */
  readonly onlyWhenRefused: boolean
}

/** A request on its way: finds its targets, and tries one after the other, each with a transaction of its own. */
export class ClientDelivery extends TimerEntry implements Delivery, ClientUser {
  readonly message: SipRequest
  readonly key: DeliveryKey
  /** Among those under way. */
  place: number | undefined
  readonly #core: Core
  readonly #options: DeliverOptions
  #attempts: Attempt[] = []
  #current: Attempt | undefined
  #transaction: ClientTransaction | undefined
  /** The INVITE that a CANCEL or the ACK of its refusal belongs to. */
  #invite: InviteClient | undefined
  #state: 'Resolving' | 'Sent' | 'Terminated' = 'Resolving'
  #starting = true
  #stamped = false
  /** The Via on top is ours already and stays. */
  #keepsVia = false
  #transportNamed = false
  /** It goes by the path of its dialog, and nothing has been resolved. */
  #onPath = false
  #heard = false
  #rang = false
  #error: SipError | undefined

  constructor(core: Core, message: SipRequest, options: DeliverOptions, key: DeliveryKey) {
    super()
    this.#core = core
    this.message = message
    this.#options = options
    this.key = key
  }

  get id(): string {
    return deliveryId(this.key)
  }

  get state(): string {
    return this.#transaction?.state || this.#state
  }

  /** There is something to cancel, or to be told. */
  get isUnderWay(): boolean {
    return this.#state === 'Resolving' || (this.#state === 'Sent' && this.#transaction !== undefined)
  }

  get branch(): string | undefined {
    return this.#stamped ? this.message.via?.branch : undefined
  }

  get leg(): Leg | undefined {
    return this.#current?.leg
  }

  get target(): Target | undefined {
    return this.#current?.target
  }

  start(): void {
    try {
      this.#findTargets()
    } catch (error) {
      this.#fail(asSipError(error))
    }
    this.#starting = false
  }

  /** Stops everything; nobody is called any more. */
  cancel(): boolean {
    if (this.#state === 'Terminated') return false
    this.#core.queue.disarm(this)
    this.#error = undefined
    this.#attempts = []
    this.#over()
    this.#transaction?.abandon()
    return true
  }

  /** Sends nothing again, nor anywhere else, but waits on for what the first sending brings. */
  quiet(): boolean {
    if (this.#state === 'Terminated') return false
    if (this.#state === 'Resolving') return this.cancel()
    this.#attempts = []
    this.#transaction?.quiet()
    return true
  }

  onResponse(response: SipResponse, leg: Leg, source: Source): void {
    this.#heard = true
    if (response.status > 100 && response.status < 200) this.#rang = true
    // RFC 3263 4.3: a server that cannot now is passed over, unless it has already promised something.
    if (response.status === 503) {
      const seconds = retryAfter(response)
      if (seconds) this.#avoid(seconds)
      if (!this.#rang && this.#isNext(false)) return this.#failover(false)
    }
    if (response.status >= 200) this.#attempts = []
    this.#core.handResponse(response, leg, source, this.#options.onResponse)
    // Nothing more is told of it, so nothing of it has to be kept while its transaction absorbs repetitions.
    if (response.status >= 200 && this.message.method !== 'INVITE' && !this.#options.onTerminated) this.#letGo()
  }

  /** What still comes is for somebody who keeps less than this. */
  passOn(heir: ResponseHeir, acks: readonly SentAck[]): boolean {
    const transaction = this.#transaction
    if (transaction?.state !== 'Accepted' || acks.length === 0) return false
    transaction.user = undefined
    this.#core.clients.file(transaction, heir, acks)
    this.#over()
    return true
  }

  onFailure(error: SipError): void {
    const refused = error.code !== 'ERR_SIP_TIMEOUT'
    if (!this.#heard && isTargetsFault(error)) this.#avoid()
    if (refused && !this.#heard && this.#onPath) return this.#resolveAnew()
    if (this.#heard || !this.#isNext(refused)) return this.#fail(error)
    this.#failover(refused)
  }

  onEnd(): void {
    if (this.#state === 'Terminated') return
    this.#over()
    if (this.#options.onTerminated) this.#core.guard(this.#options.onTerminated)
  }

  /** The sink of what is sent without a transaction. */
  onSendError(error: SipError): void {
    if (this.#state === 'Terminated' || this.#core.closed) return
    this.#core.stats.transportErrors++
    if (this.#onPath) this.#resolveAnew()
    else if (this.#isNext(true)) this.#failover(true)
    else this.#fail(error)
  }

  /** An error that arose inside `deliver` is told when that has returned. */
  override onTimer(): void {
    const error = this.#error
    this.#error = undefined
    if (error) this.#tell(error)
  }

  #findTargets(): void {
    const { message } = this
    this.#invite = this.#core.inviteOf(message)
    if (this.#invite) {
      const { leg, target } = this.#invite
      this.#attempts = [{ leg, target, onlyWhenRefused: false }]
      this.#stamped = true
      return this.#first()
    }
    // A CANCEL whose INVITE has gone keeps its Via all the same: that is what it is matched by.
    this.#stamped = (message.method === 'CANCEL' || this.#options.keepVia === true) && this.#core.isOwnVia(message)
    this.#keepsVia = this.#stamped
    if (message.maxForwards === undefined) message.maxForwards = 70
    if (this.#options.target) return this.#resolved([this.#options.target], true)
    const only = pathOnly(message, this.#options)
    if (!only) return this.#resolveHop()
    this.#onPath = true
    this.#transportNamed = true
    this.#attempts = [{ ...only, onlyWhenRefused: false }]
    this.#first()
  }

  /** The connection of the dialog is gone: the next hop is looked up as if there had been none. */
  #resolveAnew(): void {
    if (this.#transaction) this.#transaction.user = undefined
    this.#transaction = undefined
    this.#onPath = false
    this.#attempts = []
    this.#current = undefined
    this.#state = 'Resolving'
    this.#core.stats.failovers++
    try {
      this.#resolveHop()
    } catch (error) {
      this.#fail(asSipError(error))
    }
  }

  #resolveHop(): void {
    const hop = this.#core.routing.hopFor(this.message, this.#options.hop)
    const found = this.#resolve(hop)
    const named = hop.transport !== undefined
    if (Array.isArray(found)) return this.#resolved(found, named)
    found.then(
      (targets) => this.#whenResolved(targets, named),
      (error: unknown) => this.#state === 'Resolving' && this.#fail(unresolved(error)),
    )
  }

  #resolve(hop: Hop): Target[] | Promise<Target[]> {
    const protocols = this.#options.leg ? [this.#options.leg.protocol] : this.#core.legs.protocols()
    try {
      return this.#core.resolver.resolve(hop, protocols)
    } catch (error) {
      throw unresolved(error)
    }
  }

  #whenResolved(targets: Target[], named: boolean): void {
    if (this.#state !== 'Resolving') return
    try {
      this.#resolved(targets, named)
    } catch (error) {
      this.#fail(asSipError(error))
    }
  }

  #resolved(targets: readonly Target[], transportNamed: boolean): void {
    this.#transportNamed = transportNamed || this.#options.leg !== undefined
    for (const target of byPath(targets, this.#options.path)) {
      const leg = this.#options.leg ?? this.#core.legs.choose(target)
      if (leg) this.#attempts.push({ leg, target, onlyWhenRefused: false })
    }
    if (this.#attempts.length === 0) throw unreachable(targets)
    this.#first()
  }

  #first(): void {
    const attempt = this.#attempts.shift()
    if (attempt) this.#try(attempt)
  }

  #isNext(refused: boolean): boolean {
    return this.#attempts.some((attempt) => refused || !attempt.onlyWhenRefused)
  }

  #failover(refused: boolean): void {
    if (!refused) this.#attempts = this.#attempts.filter((attempt) => !attempt.onlyWhenRefused)
    const attempt = this.#attempts.shift()
    if (!attempt) return
    this.#core.stats.failovers++
    if (this.#transaction) this.#transaction.user = undefined
    this.#transaction = undefined
    this.#heard = false
    try {
      this.#try(attempt)
    } catch (error) {
      this.#fail(asSipError(error))
    }
  }

  /** The resolver puts a target that failed last for a while. */
  #avoid(seconds?: number): void {
    const target = this.#current?.target
    if (target) this.#core.resolver.avoid?.(target, seconds === undefined ? undefined : seconds * 1000)
  }

  #letGo(): void {
    if (this.#transaction) this.#transaction.user = undefined
    this.#over()
  }

  #try(first: Attempt): void {
    const bytes = this.#serialise(first)
    // Whoever prepared the request may have thought better of it.
    if (this.#core.closed) this.#over()
    if (this.#state === 'Terminated') return
    const attempt = this.#current ?? first
    const { leg, target } = attempt
    const { method } = this.message
    const { stats } = this.#core
    if (this.#options.stateless || method === 'ACK') {
      this.#state = 'Sent'
      this.#core.deliveries.delete(this)
      stats.countRequest(stats.requestsOut, method)
      leg.send(bytes, target, this)
      return
    }
    if (!this.#core.admission.hasRoom(stats.total, this.message)) {
      throw new SipError('ERR_SIP_OVERLOAD', `${stats.total} transactions are alive, and no more are allowed`)
    }
    const reason = this.#core.overload?.heldBack(this.message, target)
    if (reason === undefined) return this.#begin(leg, target, bytes)
    this.#core.drop('held-back')
    if (!this.#isNext(false)) throw new SipError('ERR_SIP_OVERLOAD', reason)
    this.#failover(false)
  }

  #begin(leg: Leg, target: Target, bytes: Uint8Array): void {
    const { message } = this
    const Machine = message.method === 'INVITE' ? InviteClient : NonInviteClient
    const transaction = new Machine(this.#core, leg, target, message, this)
    this.#transaction = transaction
    this.#state = 'Sent'
    this.#core.addClient(transaction, message)
    transaction.start(bytes)
    if (message.method === 'CANCEL') this.#invite?.cancelSent()
  }

  /** Puts our Via on top and serialises; a large request that may go by TCP changes to it first. */
  #serialise(attempt: Attempt): Uint8Array {
    const bytes = this.#stamp(attempt)
    if (bytes.length <= largestOnUdp || attempt.target.protocol !== 'udp') return bytes
    if (this.#transportNamed || attempt.onlyWhenRefused || this.#invite) return bytes
    const target: Target = { ...attempt.target, protocol: 'tcp' }
    const leg = this.#core.legs.choose(target)
    if (!leg) return bytes
    this.#attempts.unshift({ ...attempt, onlyWhenRefused: true })
    return this.#stamp({ leg, target, onlyWhenRefused: false })
  }

  #stamp(attempt: Attempt): Uint8Array {
    const { leg, target } = attempt
    const { message } = this
    this.#current = attempt
    if (this.#invite || this.#keepsVia) return message.toBytes()
    const via = leg.via(`${MAGIC_COOKIE}${this.#core.random.hex(12)}${this.#options.branchSuffix ?? ''}`, target)
    // Without a transaction nobody would hear what is said in answer.
    const own = (!this.#options.stateless && this.#core.overload?.offer(via)) || via
    if (this.#stamped) message.via = own
    else message.pushVia(own)
    this.#stamped = true
    this.#options.prepare?.(message, leg, target)
    return message.toBytes()
  }

  #fail(error: SipError): void {
    if (this.#state === 'Terminated') return
    this.#attempts = []
    if (!this.#starting) return this.#tell(error)
    this.#error = error
    this.#core.queue.arm(this, 0)
  }

  #over(): void {
    this.#state = 'Terminated'
    this.#core.deliveries.delete(this)
  }

  #tell(error: SipError): void {
    const { onError, onTerminated } = this.#options
    this.#over()
    if (onError) this.#core.guard(() => onError(error))
    else this.#core.drop('undelivered')
    if (onTerminated) this.#core.guard(onTerminated)
  }
}

function unreachable(targets: readonly Target[]): SipError {
  const [first] = targets
  return first
    ? new SipError('ERR_SIP_UNRESOLVED', `no leg reaches ${describeTarget(first)}`)
    : new SipError('ERR_SIP_UNRESOLVED', 'the next hop has no address')
}

/** What went wrong while sending lies with the message when nobody else says what it is. */
function asSipError(error: unknown): SipError {
  return isSipError(error) ? error : new SipError('ERR_SIP_ARGUMENT', textOf(error), { cause: error })
}

function unresolved(error: unknown): SipError {
  return isSipError(error) ? error : new SipError('ERR_SIP_UNRESOLVED', textOf(error), { cause: error })
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** A request that is too large, or a leg that was closed, says nothing about who it was for. */
function isTargetsFault(error: SipError): boolean {
  return error.code === 'ERR_SIP_TIMEOUT' || error.code === 'ERR_SIP_REFUSED'
}

/** RFC 3261 21.5.4: that server is not to be asked for so many seconds. */
function retryAfter(response: SipResponse): number | undefined {
  const seconds = Number.parseInt(response.headers.get('Retry-After') ?? '', 10)
  return seconds > 0 ? seconds : undefined
}
