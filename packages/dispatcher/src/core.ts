import type { SipMessage, SipRequest, SipResponse } from '@netsip/message'
import { type Clock, type Random, type SipError, TimerQueue } from '@netsip/runtime'
import type { Flow, Leg, Resolver, Source, Target } from '@netsip/transport'
import { Admission, type AnswerPath, type DispatcherLimits } from './admission.ts'
import type { KeptKind } from './kept/octet-log.ts'
import { followsInvite } from './branch.ts'
import { BranchHash } from './kept/branch-hash.ts'
import { ClientTable } from './client/client-table.ts'
import { ClientTransaction } from './client/client-transaction.ts'
import type { DeliverOptions } from './delivery.ts'
import { DeliveryTable } from './client/delivery-table.ts'
import { FlowIndex } from './flow-index.ts'
import { InviteClient } from './client/invite-client.ts'
import { LegTable } from './legs.ts'
import type { OverloadControl } from './overload/overload-control.ts'
import { isParseError, reasonOf } from './server/unreadable.ts'
import { Routing, type RoutingOptions } from './next-hop.ts'
import type { Receiver } from './receiver.ts'
import { sendByBackup } from './server/response-path.ts'
import { ServerTable, type ServerTableLayer } from './server/server-table.ts'
import { ServerTransaction } from './server/server-transaction.ts'
import { Stats } from './stats.ts'
import type { Timers } from './timers.ts'
import type { Transaction } from './transaction.ts'

/** What the core tells the face. */
export interface CoreEvents {
  drop(reason: string, source?: Source): void
  error(error: Error, message?: SipMessage): void
}

export interface CoreInit extends RoutingOptions {
  readonly clock: Clock
  readonly random: Random
  readonly resolver: Resolver
  readonly timers: Timers
  readonly limits?: DispatcherLimits | undefined
  readonly overload?: OverloadControl | undefined
  readonly events: CoreEvents
}

/** What the parts of a dispatcher share: tables, timers, counters and the way to the application. */
export class Core implements ServerTableLayer {
  readonly clock: Clock
  readonly random: Random
  readonly resolver: Resolver
  readonly timers: Timers
  readonly routing: Routing
  readonly admission: Admission
  readonly overload: OverloadControl | undefined
  readonly queue: TimerQueue
  readonly stats: Stats = new Stats()
  readonly legs: LegTable = new LegTable()
  readonly clients: ClientTable
  readonly servers: ServerTable
  readonly flows: FlowIndex = new FlowIndex()
  readonly deliveries: DeliveryTable = new DeliveryTable()
  receiver: Receiver | undefined
  /** Nothing is sent any more, and nobody is called. */
  closed = false
  readonly #events: CoreEvents

  constructor(init: CoreInit) {
    this.clock = init.clock
    this.random = init.random
    const hash = new BranchHash(init.random)
    this.clients = new ClientTable(hash, this)
    this.servers = new ServerTable(hash, this)
    this.resolver = init.resolver
    this.timers = init.timers
    this.routing = new Routing(init)
    this.admission = new Admission(init.limits)
    this.overload = init.overload
    this.queue = new TimerQueue(init.clock)
    this.#events = init.events
  }

  addClient(transaction: ClientTransaction, request: SipRequest): void {
    const { leg, target } = transaction
    this.clients.add(transaction, request.via?.branch ?? '')
    this.flows.add(transaction, leg, target)
    this.stats.total++
    this.stats.countRequest(this.stats.requestsOut, request.method)
  }

  addServer(transaction: ServerTransaction, request: SipRequest, source: Source): void {
    this.servers.add(transaction, request)
    this.flows.add(transaction, transaction.leg, source)
    this.stats.total++
  }

  usesFlow(transaction: Transaction, flow: Flow): void {
    this.flows.uses(transaction, flow)
  }

  forget(transaction: Transaction): void {
    this.stats.total--
    this.flows.delete(transaction)
    if (transaction instanceof ClientTransaction) this.clients.delete(transaction)
    if (transaction instanceof ServerTransaction) {
      this.servers.delete(transaction)
      this.admission.release(transaction.origin)
    }
  }

  file(transaction: ServerTransaction, octets: Uint8Array, target: Target): void {
    this.flows.delete(transaction)
    this.servers.file(transaction, octets, target)
  }

  keeps(transaction: ServerTransaction): boolean {
    return this.servers.keeps(transaction)
  }

  expired({ origin }: Partial<AnswerPath>, kind: KeptKind): void {
    this.stats.total--
    kind.leave(this.stats)
    if (origin) this.admission.release(origin)
  }

  octetsOf(response: SipResponse): Uint8Array {
    this.overload?.report(response, this.fill)
    return response.toBytes()
  }

  /** How much of the room for transactions is taken, from 0 to a little over 1. */
  get fill(): number {
    return this.stats.total / this.admission.transactions
  }

  /** The INVITE of ours that a CANCEL, or an ACK with the same branch, belongs to. */
  inviteOf(request: SipRequest): InviteClient | undefined {
    if (!followsInvite(request)) return undefined
    const found = this.clients.get(request.via?.branch ?? '', 'INVITE')
    return found instanceof InviteClient ? found : undefined
  }

  isOwnVia(message: SipMessage): boolean {
    const { via } = message
    return via !== undefined && this.legs.all.some((leg) => leg.isOwnSentBy(via))
  }

  /** Gives a response to whoever asked, else to the receiver. */
  handResponse(response: SipResponse, leg: Leg, source: Source, onResponse: DeliverOptions['onResponse']): void {
    if (!onResponse) {
      if (!this.hand(response, leg, source)) this.drop('unhandled-response', source)
      return
    }
    try {
      const result: unknown = onResponse(response, leg, source)
      if (typeof result === 'object') Promise.resolve(result).catch((error: unknown) => this.report(error, response))
    } catch (error) {
      this.report(error, response)
    }
  }

  /** Gives a message to the receiver; false when there is none. With a transaction a failure is answered 500. */
  hand(packet: SipMessage, leg: Leg, source: Source, transaction?: ServerTransaction): boolean {
    if (!this.receiver) return false
    try {
      const result = this.receiver.receive(packet, leg, source)
      // Whatever can be awaited, from this realm or another.
      if (typeof result === 'object')
        Promise.resolve(result).catch((error: unknown) => this.#receiverFailed(error, packet, transaction))
    } catch (error) {
      this.#receiverFailed(error, packet, transaction)
    }
    return true
  }

  #receiverFailed(error: unknown, packet: SipMessage, transaction: ServerTransaction | undefined): void {
    this.report(error, packet)
    const unanswered = transaction?.request
    if (!unanswered) return
    // Headers are read when they are asked for: that one of them is garbage is the sender's fault, not the receiver's.
    const reason = isParseError(error) ? reasonOf(error) : undefined
    const toTag = this.random.hex(8)
    transaction.respond(
      unanswered.createResponse(isParseError(error) ? 400 : 500, { toTag, ...(reason && { reason }) }),
    )
  }

  sendByBackup(bytes: Uint8Array, leg: Leg, tried: Target | undefined, failed: (error: SipError) => void): void {
    sendByBackup(this, bytes, leg, tried, failed)
  }

  guard(run: () => void): void {
    try {
      const result: unknown = run()
      if (typeof result === 'object') Promise.resolve(result).catch((error: unknown) => this.report(error))
    } catch (error) {
      this.report(error)
    }
  }

  report(error: unknown, message?: SipMessage): void {
    this.stats.applicationErrors++
    this.#events.error(error instanceof Error ? error : new Error(String(error)), message)
  }

  drop(reason: string, source?: Source): void {
    this.stats.countDrop(reason)
    this.#events.drop(reason, source)
  }
}
