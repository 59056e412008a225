import { SipRequest } from '@netsip/message'
import { SeededRandom, VirtualClock } from '@netsip/runtime/testing'
import { connectWs, type Flow, literalResolver, type WebSocketLike } from '@netsip/transport'
import { MemoryNetwork } from '@netsip/transport/testing'
import { describe, expect, test } from 'vitest'
import { Dispatcher } from './dispatcher.ts'
import { request } from './testing/rig.ts'

/** A WebSocket as a browser has it, to a server that is the test. */
class BrowserSocket extends EventTarget {
  static last: BrowserSocket | undefined
  readonly protocol = 'sip'
  readonly bufferedAmount = 0
  binaryType = ''

  constructor() {
    super()
    BrowserSocket.last = this
    queueMicrotask(() => this.dispatchEvent(new Event('open')))
  }

  send(): void {}

  close(): void {
    this.dispatchEvent(new Event('close'))
  }
}

describe('T043 a connection that ends', () => {
  test('ends nothing on the one that was opened since to the same place', () => {
    const clock = new VirtualClock()
    const random = new SeededRandom(3)
    const network = new MemoryNetwork({ clock, random, delay: 10 })
    const [near, far] = ['10.0.0.1', '10.0.0.2'].map((host) => network.listen({ host, protocol: 'tcp' }))
    const client = new Dispatcher({ legs: [near!], clock, random })
    const server = new Dispatcher({ legs: [far!], clock, random })
    const flows: Flow[] = []
    server.on('message', (_message, _leg, { flow }) => void (flow && flows.push(flow)))
    const taken: SipRequest[] = []
    server.setReceiver({ receive: (packet) => void (packet instanceof SipRequest && taken.push(packet)) })
    client.setReceiver({
      receive: (packet) => void (packet instanceof SipRequest && client.deliver(packet.createResponse(200))),
    })
    const events: (number | string)[] = []
    const ask = (): void =>
      void client.deliver(request('OPTIONS', { uri: 'sip:10.0.0.2;transport=tcp' }), {
        onResponse: ({ status }) => void events.push(status),
        onError: ({ code }) => void events.push(code),
      })
    const answer = (): void => {
      const asked = taken.shift()
      if (asked) server.deliver(asked.createResponse(200, { toTag: 'b' }))
      clock.advance(100)
    }
    ask()
    clock.advance(100)
    answer()
    // What the server asks and then shuts down for may still be answered, so that the connection stays half open for a while.
    const [flow] = flows
    server.deliver(request('OPTIONS', { uri: 'sip:10.0.0.1' }), {
      target: { protocol: 'tcp', addr: '10.0.0.1', port: 5060, family: 'IPv4', flow: flow! },
    })
    clock.advance(15)
    flow?.close()
    clock.advance(100)
    ask()
    clock.advance(3000)
    expect(near).toMatchObject({ connections: 1 })
    expect(events).toEqual([200])
    answer()
    expect(events).toEqual([200, 200])
    expect([client, server].map((one) => one.stats().transactions.total)).toEqual([0, 0])
  })

  test('ends what was sent over it to somewhere else, as a WebSocket client sends everything to its server', async () => {
    const clock = new VirtualClock()
    const WebSocket = BrowserSocket as unknown as new () => WebSocketLike
    const leg = await connectWs('ws://192.0.2.9', { WebSocket, clock })
    const client = new Dispatcher({ legs: [leg], clock, resolver: literalResolver })
    const events: (number | string)[] = []
    client.deliver(request('INVITE', { uri: 'sip:bob@198.51.100.7;transport=ws' }), {
      onError: ({ code }) => void events.push(code),
      onTerminated: () => void events.push('end'),
    })
    expect([events, client.stats().transactions.client.invite]).toMatchObject([[], { Calling: 1 }])
    BrowserSocket.last?.close()
    expect(events).toEqual(['ERR_SIP_REFUSED', 'end'])
    await client.close({ closeLegs: true })
    expect([client.stats().transactions.total, clock.pending]).toEqual([0, 0])
  })
})
