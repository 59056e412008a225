import type { SipMessage, Via } from '@netsip/message'
import { SipError } from '@netsip/runtime'
import { BaseLeg, type LegInit } from '../leg/base-leg.ts'
import { canonicalHost } from '../ip.ts'
import type { KeepAliveOptions, StopKeepAlive } from '../keepalive/keep-alive.ts'
import type { Flow, SendSink, Target } from '../leg/leg.ts'
import { defaultPort } from '../protocol.ts'
import { sourceOf } from '../source.ts'
import { describeTarget, targetOf } from '../target.ts'
import { Connection, type ConnectionOwner } from './connection.ts'
import { byteFramer, type FramerFactory } from './framer.ts'
import { ConnectionPool } from './pool.ts'
import type { StreamHandlers, StreamSocket } from './stream-socket.ts'

/** A leg of connections: pools them in both directions (RFC 3261 18), bounds them, and sends on the right one. */
export abstract class StreamLeg extends BaseLeg {
  readonly #pool: ConnectionPool
  readonly #makeFramer: FramerFactory
  readonly #owner: ConnectionOwner
  #lastId = 0
  #emptied: (() => void) | undefined
  readonly #awaited = new Map<Connection, ((error?: SipError) => void)[]>()

  constructor(init: LegInit, makeFramer: FramerFactory = byteFramer) {
    super(init)
    this.#pool = new ConnectionPool(this.limits)
    this.#makeFramer = makeFramer
    this.#owner = this.#ownerOfConnections()
  }

  get connections(): number {
    return this.#pool.size
  }

  /** Opens a socket to a target. It must not call a handler before it has returned. */
  protected abstract dial(target: Target, handlers: StreamHandlers): StreamSocket

  /** Stops taking new connections. */
  protected abstract stopListening(): Promise<void>

  send(bytes: Uint8Array, target: Target, sink?: SendSink): void {
    if (this.closed) return this.failSend(sink, this.closedError())
    const connection = target.flow ? this.#connectionOf(target) : this.#connectionTo(target)
    if (connection instanceof SipError) return this.failSend(sink, connection)
    sink?.onFlow?.(connection)
    connection.write(bytes, sink)
  }

  /** The connection to a target, once it is open; opens it if there is none. Rejects with the reason. */
  protected flowTo(target: Target): Promise<Flow> {
    if (this.closed) return Promise.reject(this.closedError())
    const connection = this.#connectionTo(target)
    if (connection instanceof SipError) return Promise.reject(connection)
    if (!connection.connecting) return Promise.resolve(connection)
    return new Promise((resolve, reject) => {
      const waiters = this.#awaited.get(connection) ?? []
      waiters.push((error) => (error ? reject(error) : resolve(connection)))
      this.#awaited.set(connection, waiters)
    })
  }

  protected hasConnectionTo(target: Target): boolean {
    return this.#pool.find(keyOf(target)) !== undefined
  }

  #settle(connection: Connection, error?: SipError): void {
    for (const settle of this.#awaited.get(connection) ?? []) settle(error)
    this.#awaited.delete(connection)
  }

  keepAlive(target: Target, options: KeepAliveOptions = {}): StopKeepAlive {
    const connection = target.flow ? this.#connectionOf(target) : this.#pool.find(keyOf(target))
    if (connection instanceof Connection && connection.open) return connection.keepAlive(options)
    const error = new SipError('ERR_SIP_STATE', `there is no connection to ${describeTarget(target)} to keep alive`)
    if (options.onFailed) this.defer(() => options.onFailed?.(error))
    return () => {}
  }

  /** Takes a connection that a peer opened, or refuses it when a bound is reached and nobody is there to give way. */
  protected accept(address: string, port: number, wire: (handlers: StreamHandlers) => StreamSocket): void {
    const host = canonicalHost(address)
    const refusal = this.closed ? 'closed' : this.#refusal(host)
    if (refusal) {
      wire({ opened() {}, data() {}, ended() {}, closed() {} }).destroy()
      return this.tell('drop', refusal, sourceOf(this.protocol, address, port))
    }
    const connection = this.#newConnection(address, port, true, poolKey(host, port))
    this.#pool.add(connection)
    connection.attach(wire(connection.handlers))
  }

  protected async shutDown(): Promise<void> {
    const stopped = this.stopListening()
    const emptied = new Promise<void>((resolve) => (this.#emptied = resolve))
    for (const connection of this.#pool) connection.closeWith(this.closedError())
    if (this.#pool.size === 0) this.#emptied?.()
    await Promise.all([stopped, emptied])
  }

  /** What keeps out one more connection, in or out, when nobody silent is there to give way. */
  #refusal(address: string): string | undefined {
    const refusal = this.#pool.refusal(address)
    const idlest = refusal && this.#pool.idlest(refusal, address)
    idlest?.giveWay()
    return idlest ? undefined : refusal
  }

  #connectionOf(target: Target): Connection | SipError {
    const { flow } = target
    if (flow instanceof Connection && flow.leg === this) return flow
    return new SipError('ERR_SIP_ARGUMENT', `the flow to ${describeTarget(target)} belongs to another leg`)
  }

  #connectionTo(target: Target): Connection | SipError {
    const key = keyOf(target)
    const found = this.#pool.find(key) ?? this.#aliasOf(target)
    if (found) return found
    const refusal = this.#refusal(target.addr)
    if (refusal) return new SipError('ERR_SIP_OVERLOAD', `no connection to ${describeTarget(target)}: ${refusal}`)
    return this.#connect(target, key)
  }

  /** RFC 5923 5: a peer that proved who it is may be reached on the connection that it opened. */
  #aliasOf(target: Target): Connection | undefined {
    const { addr, port, serverName } = target
    if (serverName === undefined) return undefined
    const connection = this.#pool.findAlias(poolKey(addr, port))
    return connection?.identities.includes(serverName) ? connection : undefined
  }

  /** RFC 5923 4: `alias` in a Via is heeded over TLS only, of a peer that has proven to be its sent-by. */
  #noteAlias(message: SipMessage, connection: Connection): void {
    if (this.protocol !== 'tls' || message.type !== 'request' || !connection.inbound) return
    const via = readableVia(message)
    if (!via?.params.has('alias') || !connection.identities.includes(via.host.toLowerCase())) return
    this.#pool.alias(poolKey(connection.remote.addr, via.port ?? defaultPort('tls')), connection)
  }

  #connect(target: Target, key: string): Connection | SipError {
    const connection = this.#newConnection(target.addr, target.port, false, key)
    try {
      connection.attach(this.dial(target, connection.handlers))
    } catch (cause) {
      return new SipError('ERR_SIP_REFUSED', `cannot connect to ${describeTarget(target)}: ${String(cause)}`, { cause })
    }
    this.#pool.add(connection)
    return connection
  }

  #newConnection(address: string, port: number, inbound: boolean, key: string): Connection {
    const id = `${this.protocol}${++this.#lastId}`
    const framer = this.#makeFramer(this.limits.parse ?? {})
    return new Connection({ owner: this.#owner, id, key, inbound, address, port, framer })
  }

  #ownerOfConnections(): ConnectionOwner {
    return {
      leg: this,
      limits: this.limits,
      onMessage: (message, connection, bytes) => {
        this.#noteAlias(message, connection)
        this.receiveMessage(message, connection.remote, bytes)
      },
      onMalformed: (error, connection, bytes) => this.refuse(error, connection.remote, bytes),
      onDrop: (reason, connection) => this.tell('drop', reason, connection.remote),
      onSent: (bytes, connection) => {
        if (this.hears('sent')) this.tell('sent', bytes, targetOf(connection.remote))
      },
      onOpened: (connection) => this.#settle(connection),
      onHeard: (connection) => this.#pool.heard(connection),
      onUnusable: (connection, error) => {
        this.#pool.retire(connection)
        this.#settle(connection, error ?? this.closedError())
        this.tell('flowClosed', connection, ...(error ? ([error] as const) : ([] as const)))
      },
      onGone: (connection) => {
        this.#pool.remove(connection)
        if (this.#pool.size === 0) this.#emptied?.()
      },
      fail: (sink, error) => this.failSend(sink, error),
    }
  }
}

/** A connection proven for one name is not used for another (RFC 5923 5): the name is part of the key. */
function poolKey(addr: string, port: number, serverName = ''): string {
  return `${addr}|${port}|${serverName}`
}

function keyOf(target: Target): string {
  return poolKey(target.addr, target.port, target.serverName)
}

function readableVia(message: SipMessage): Via | undefined {
  try {
    return message.via
  } catch {
    return undefined
  }
}
