import { parseMessage, SipUri, type SipMessage, type SipRequest, type SipResponse, Via } from '@netsip/message'
import { SipError } from '@netsip/runtime'
import {
  applyReceived,
  isReliable,
  isSecure,
  sourceOf,
  type Flow,
  type Leg,
  type LegCriteria,
  type LegEvents,
  type LocalAddress,
  type Protocol,
  type SendSink,
  type Source,
  type Target,
} from '@netsip/transport'
import { EventEmitter } from 'eventemitter3'

/** One message that a dispatcher sent through a {@link TestLeg}. */
export interface Sent {
  readonly bytes: Uint8Array
  readonly text: string
  readonly target: Target
  readonly sink: SendSink | undefined
  readonly at: number
}

/** A leg whose wire is the test itself: what is sent is kept, what comes in is handed in. */
export class TestLeg extends EventEmitter<LegEvents> implements Leg {
  readonly protocol: Protocol
  readonly reliable: boolean
  readonly secure: boolean
  readonly local: LocalAddress
  readonly key: string
  learned: { readonly host: string; readonly port: number } | undefined
  readonly sent: Sent[] = []
  readonly #now: () => number
  readonly #flows = new Map<string, Flow>()
  #last: Sent | undefined
  #lastRequest: SipRequest | undefined

  constructor(now: () => number, protocol: Protocol = 'udp', host = '192.0.2.1', port = 5060) {
    super()
    this.#now = now
    this.protocol = protocol
    this.reliable = isReliable(protocol)
    this.secure = isSecure(protocol)
    this.local = { host, port, family: host.includes(':') ? 'IPv6' : 'IPv4' }
    this.key = `${protocol}:${host}:${port}`
  }

  get advertised(): { host: string; port: number } {
    return { host: this.local.host, port: this.local.port }
  }

  send(bytes: Uint8Array, target: Target, sink?: SendSink): void {
    this.#last = { bytes, text: new TextDecoder().decode(bytes), target, sink, at: this.#now() }
    this.sent.push(this.#last)
    const message = parseMessage(bytes, { maxHeaderSection: Infinity, maxLine: Infinity, maxHeaders: Infinity })
    if (message.type === 'request' && message.method !== 'ACK') this.#lastRequest = message
    this.emit('sent', bytes, target)
  }

  canDeliverTo(target: Target): boolean {
    return target.protocol === this.protocol && target.family === this.local.family
  }

  match(criteria: LegCriteria): boolean {
    const { protocol = this.protocol, host = this.local.host, port = this.local.port } = criteria
    return protocol === this.protocol && host === this.local.host && port === this.local.port
  }

  via(branch: string): Via {
    const { host, port } = this.local
    const name = host.includes(':') ? `[${host}]` : host
    return Via.parse(
      `SIP/2.0/${this.protocol.toUpperCase()} ${name}:${port};branch=${branch}${this.reliable ? '' : ';rport'}`,
    )
  }

  contact(user = 'test'): SipUri {
    return SipUri.parse(`sip:${user}@${this.local.host}:${this.local.port}`)
  }

  learn(via: Via): void {
    if (via.received !== undefined) this.learned = { host: via.received, port: Number(via.rport ?? 5060) }
  }

  isOwnSentBy(via: Via): boolean {
    return via.host === this.local.host && (via.port ?? 5060) === this.local.port
  }

  keepAlive(): () => void {
    return () => {}
  }

  async close(): Promise<void> {
    this.emit('close')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** A message comes in. */
  receive(message: SipMessage | string, source: Source = this.peer()): void {
    const parsed = typeof message === 'string' ? parseMessage(message) : message
    if (parsed.type === 'request') applyReceived(parsed, source)
    this.emit('message', parsed, source, parsed.toBytes())
  }

  /** The peer answers the request sent last, or another one. */
  answer(
    status: number,
    init: { toTag?: string; headers?: Record<string, string>; to?: SipRequest } = {},
  ): SipResponse {
    const request = init.to ?? this.lastRequest()
    const response = request.createResponse(status, { toTag: init.toTag ?? 'peer', headers: init.headers ?? {} })
    this.receive(parseMessage(response.toBytes()))
    return response
  }

  /** The last send fails. */
  failLast(code = 'ERR_SIP_REFUSED'): void {
    this.#last?.sink?.onSendError(new SipError(code, 'refused'))
  }

  peer(addr = '192.0.2.9', port = 5060): Source {
    return this.reliable
      ? sourceOf(this.protocol, addr, port, this.flow(addr, port))
      : sourceOf(this.protocol, addr, port)
  }

  flow(addr = '192.0.2.9', port = 5060): Flow {
    const key = `${addr} ${port}`
    let flow = this.#flows.get(key)
    if (!flow) {
      const remote = sourceOf(this.protocol, addr, port)
      flow = { id: key, leg: this, remote, open: true, close: () => {} }
      this.#flows.set(key, flow)
    }
    return flow
  }

  /** The connection to a peer ends. */
  closeFlow(addr?: string, port?: number): void {
    const flow = this.flow(addr, port)
    Object.assign(flow, { open: false })
    this.emit('flowClosed', flow, new SipError('ERR_SIP_REFUSED', 'connection reset'))
  }

  lastRequest(): SipRequest {
    if (!this.#lastRequest) throw new Error('no request was sent')
    return this.#lastRequest
  }

  /** The first lines of what was sent since this was last asked. */
  take(): string[] {
    return this.sent.splice(0).map(({ text }) => text.slice(0, text.indexOf('\r\n')))
  }
}
