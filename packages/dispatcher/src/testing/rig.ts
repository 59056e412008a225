import { SipRequest, SipResponse, type SipMessage } from '@netsip/message'
import { SeededRandom, VirtualClock } from '@netsip/runtime/testing'
import type { Leg, Protocol, Source } from '@netsip/transport'
import type { DeliverOptions, Delivery } from '../delivery.ts'
import { Dispatcher, type DispatcherOptions } from '../dispatcher.ts'
import { TestLeg } from './test-leg.ts'

/** A dispatcher on a leg of the test, on a virtual clock, whose receiver and callbacks write down what they get. */
export class Rig {
  readonly clock: VirtualClock = new VirtualClock()
  readonly leg: TestLeg
  readonly dispatcher: Dispatcher
  /** What the receiver got. */
  readonly received: SipMessage[] = []
  /** What the callbacks of {@link send} got: a status, an error code, or `end`. */
  readonly events: (number | string)[] = []
  readonly errors: Error[] = []
  onReceive: ((packet: SipMessage, leg: Leg, from: Source) => void | boolean | Promise<void | boolean>) | undefined

  constructor(protocol: Protocol = 'udp', options: DispatcherOptions = {}) {
    this.leg = new TestLeg(() => this.clock.monotonic(), protocol)
    this.dispatcher = new Dispatcher({ legs: [this.leg], clock: this.clock, random: new SeededRandom(1), ...options })
    this.dispatcher.on('error', (error) => this.errors.push(error))
    this.dispatcher.setReceiver({
      receive: (packet, leg, from) => {
        this.received.push(packet)
        return this.onReceive?.(packet, leg, from)
      },
    })
  }

  send(method: string, options: DeliverOptions = {}): Delivery {
    return this.dispatcher.deliver(request(method, { protocol: this.leg.protocol }), this.watching(options))
  }

  watching(options: DeliverOptions = {}): DeliverOptions {
    return {
      onResponse: (response) => void this.events.push(response.status),
      onError: (error) => void this.events.push(error.code),
      onTerminated: () => void this.events.push('end'),
      ...options,
    }
  }

  /** The user answers the request received last. */
  reply(status: number, options: DeliverOptions = {}, headers: Record<string, string | string[]> = {}): Delivery {
    const last = this.received.findLast((packet) => packet instanceof SipRequest && packet.method !== 'ACK')
    if (!(last instanceof SipRequest)) throw new Error('no request was received')
    return this.dispatcher.deliver(last.createResponse(status, { toTag: 'us', headers }), options)
  }

  takeEvents(): (number | string)[] {
    return this.events.splice(0)
  }

  takeReceived(): string[] {
    return this.received.splice(0).map((packet) => (packet instanceof SipResponse ? `${packet.status}` : packet.method))
  }

  /** The state of the only transaction there is, `Terminated` when there is none. */
  state(role: 'client' | 'server', kind: 'invite' | 'nonInvite'): string {
    const states = Object.entries(this.dispatcher.stats().transactions[role][kind])
    return states.find(([, count]) => count > 0)?.[0] ?? 'Terminated'
  }
}

/** What a request of a test may differ in. */
export interface RequestInit {
  readonly uri?: string
  readonly protocol?: Protocol
  /** `undefined` leaves the top Via away, as in a request of our own. */
  readonly branch?: string | undefined
  readonly sentBy?: string
  readonly headers?: Record<string, string | readonly string[]>
  readonly callId?: string
  readonly toTag?: string
  readonly cseq?: number
  readonly body?: string
}

/** A request of our own, without a Via. */
export function request(method: string, init: RequestInit = {}): SipRequest {
  const transport = init.protocol && init.protocol !== 'udp' ? `;transport=${init.protocol}` : ''
  const via = init.branch
    ? `SIP/2.0/${(init.protocol ?? 'udp').toUpperCase()} ${init.sentBy ?? '192.0.2.9:5060'};rport;branch=${init.branch}`
    : undefined
  return new SipRequest({
    method,
    uri: init.uri ?? `sip:bob@192.0.2.9${transport}`,
    headers: {
      Via: via,
      'Max-Forwards': 70,
      From: '<sip:alice@example.com>;tag=a1',
      To: `<sip:bob@example.com>${init.toTag ? `;tag=${init.toTag}` : ''}`,
      'Call-ID': init.callId ?? 'call-1',
      CSeq: `${init.cseq ?? 1} ${method}`,
      ...init.headers,
    },
    body: init.body ?? '',
  })
}

/** A request of a peer, with its Via. */
export function incoming(method: string, init: RequestInit = {}): SipRequest {
  return request(method, { branch: 'z9hG4bKpeer1', ...init })
}
