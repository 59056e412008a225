import { SipRequest } from '@netsip/message'
import type { Tracer } from '@netsip/runtime'
import { SeededRandom, VirtualClock } from '@netsip/runtime/testing'
import { type Flow, type Leg, literalResolver, type Resolver, targetAt } from '@netsip/transport'
import { MemoryNetwork } from '@netsip/transport/testing'
import { describe, expect, test } from 'vitest'
import { Dispatcher } from './dispatcher.ts'
import { request } from './testing/rig.ts'
import { TestResolver } from './testing/test-resolver.ts'

/** Two dispatchers on the legs that the stack really has, over a simulated network. */
class Net {
  readonly clock: VirtualClock = new VirtualClock()
  readonly random: SeededRandom = new SeededRandom(7)
  readonly network: MemoryNetwork = new MemoryNetwork({ clock: this.clock, random: this.random, delay: 10 })
  readonly events: (number | string)[] = []
  readonly asked: string[] = []
  readonly #dispatchers: Dispatcher[] = []

  listen(host: string, ...protocols: ('udp' | 'tcp')[]): Leg[] {
    return protocols.map((protocol) => this.network.listen({ host, protocol }))
  }

  dispatcher(legs: Leg[], resolver: Resolver = literalResolver): Dispatcher {
    const { clock, random } = this
    const made = new Dispatcher({ legs, clock, random, resolver })
    this.#dispatchers.push(made)
    return made
  }

  /** Answers everything with this status; nothing with `undefined`. */
  server(legs: Leg[], status: number | undefined): Dispatcher {
    const server = this.dispatcher(legs)
    server.setReceiver({
      receive: (packet, leg) => {
        if (!(packet instanceof SipRequest)) return
        this.asked.push(`${packet.method} ${leg.key}`)
        if (status !== undefined && packet.method !== 'ACK')
          server.deliver(packet.createResponse(status, { toTag: 'b' }))
      },
    })
    return server
  }

  send(client: Dispatcher, sent: SipRequest): void {
    client.deliver(sent, {
      onResponse: ({ status }) => void this.events.push(status),
      onError: ({ code }) => void this.events.push(code),
      onTerminated: () => void this.events.push('end'),
    })
  }

  left(): number {
    return this.#dispatchers.reduce((sum, one) => sum + one.stats().transactions.total, 0)
  }
}

const to = (uri: string, body = ''): SipRequest => request('OPTIONS', { uri, body })

describe('over UDP', () => {
  test('a request and its response, and nothing is left afterwards', () => {
    const net = new Net()
    net.server(net.listen('10.0.0.2', 'udp'), 200)
    net.send(net.dispatcher(net.listen('10.0.0.1', 'udp')), to('sip:10.0.0.2'))
    net.clock.runUntilIdle()
    expect([net.events, net.asked]).toEqual([[200, 'end'], ['OPTIONS udp:10.0.0.2:5060']])
    expect([net.left(), net.clock.pending]).toEqual([0, 0])
  })

  test('T102 a server behind a partition is passed over after 32 s', () => {
    const net = new Net()
    net.server(net.listen('10.0.0.2', 'udp'), 200)
    net.server(net.listen('10.0.0.3', 'udp'), 404)
    net.network.partition('10.0.0.1', '10.0.0.2')
    const client = net.dispatcher(net.listen('10.0.0.1', 'udp'), new TestResolver('10.0.0.2', '10.0.0.3'))
    net.send(client, to('sip:example.com'))
    net.clock.advance(32_100)
    expect(net.events).toEqual([404])
  })

  test('garbage and half a message are dropped or answered 400, and traffic beside them is served', () => {
    const net = new Net()
    const server = net.server(net.listen('10.0.0.2', 'udp'), 200)
    const [leg] = net.listen('10.0.0.1', 'udp') as [Leg]
    const target = { protocol: 'udp', addr: '10.0.0.2', port: 5060, family: 'IPv4' } as const
    const whole = to('sip:10.0.0.2')
    whole.pushVia(leg.via('z9hG4bKhalf', target))
    const text = whole.toString()
    leg.send(new TextEncoder().encode('\u0000\u0001\u0002 garbage'), target)
    leg.send(new TextEncoder().encode(text.slice(0, 40)), target)
    leg.send(new TextEncoder().encode(text.replace(/^CSeq: .*$/m, 'CSeq: nonsense')), target)
    net.send(net.dispatcher([leg]), to('sip:10.0.0.2'))
    net.clock.runUntilIdle()
    expect(net.events).toEqual([200, 'end'])
    const { malformed, drops, responses } = server.stats()
    expect([malformed, responses.out['4xx']]).toEqual([1, 1])
    expect(Object.values(drops).reduce((sum, count) => sum + count, 0)).toBe(2)
  })
})

test.each<'udp' | 'tcp'>(['udp', 'tcp'])(
  'the tracer sees what is malformed over %s, and what answers it',
  (protocol) => {
    const net = new Net()
    const [near] = net.listen('10.0.0.1', protocol)
    const [far] = net.listen('10.0.0.2', protocol)
    const seen: string[] = []
    const tracer: Tracer = ({ direction, bytes }) =>
      void seen.push(`${direction} ${new TextDecoder().decode(bytes).split(' ').slice(0, 2).join(' ')}`)
    const server = new Dispatcher({ legs: [far!], clock: net.clock, tracer })
    const target = targetAt(protocol, '10.0.0.2')
    const sent = request('OPTIONS', { headers: { 'Max-Forwards': 'many', 'Content-Length': '0' } })
    sent.pushVia(near!.via('z9hG4bK1', target))
    near!.send(new TextEncoder().encode(sent.toString().replace(/CSeq: .*/, 'CSeq: one OPTIONS')), target)
    near!.send(new TextEncoder().encode(sent.toString().replace('Max-Forwards:', 'Max Forwards')), target)
    net.clock.advance(100)
    expect(seen.filter((line) => line.startsWith('in'))).toHaveLength(2)
    expect(seen.at(-1)).toBe('out SIP/2.0 400')
    void server.close()
  },
)

const options = (): string => {
  const sent = request('OPTIONS', { headers: { Via: 'SIP/2.0/TCP 10.0.0.1;branch=z9hG4bK1' } })
  return sent.toString().replace(/Content-Length: 0\r\n/, '')
}

/** What a server sees that is sent this. */
function seenOf(protocol: 'udp' | 'tcp', text: string): string[] {
  const net = new Net()
  const [near] = net.listen('10.0.0.1', protocol)
  const far = net.network.listen({ host: '10.0.0.2', protocol, parse: { maxBody: 100, maxHeaderSection: 1000 } })
  const seen: string[] = []
  const tracer: Tracer = ({ direction, bytes }) => void seen.push(`${direction} ${new TextDecoder().decode(bytes)}`)
  const server = new Dispatcher({ legs: [far], clock: net.clock, tracer })
  const target = targetAt(protocol, '10.0.0.2')
  near!.send(new TextEncoder().encode(text), target)
  net.clock.advance(100)
  void server.close()
  return seen.map((line) => line.replace(/^(out SIP\/2\.0 \d+)[^]*/, '$1'))
}

describe('the tracer', () => {
  test.each([
    ['a body over the bound', 413, 'Content-Length: 9999'],
    ['no Content-Length', 400, 'X: y'],
    ['two that differ', 400, 'Content-Length: 1\r\nContent-Length: 2'],
    ['more headers than are read', 513, `X: ${'y'.repeat(1000)}`],
  ])('sees a message on a stream with %s, as far as it was read, before what answers it', (_, status, line) => {
    const [first = '', ...more] = seenOf('tcp', options().replace('\r\n\r\n', `\r\n${line}\r\n\r\n`))
    expect(first).toMatch(/^in OPTIONS sip:bob@192\.0\.2\.9 SIP\/2\.0\r\nVia: /)
    expect(first).toContain(line.slice(0, 20))
    expect(more).toEqual([`out SIP/2.0 ${status}`])
  })

  test('sees that message alone, not what came before it', () => {
    const good = options().replace('\r\n\r\n', '\r\nContent-Length: 0\r\n\r\n')
    const seen = seenOf('tcp', `${good}${options()}`)
    expect(seen).toContain(`in ${good}`)
    expect(seen).toContain(`in ${options()}`)
  })

  test.each<['udp' | 'tcp', string, string]>([
    ['udp', 'has no Via', options().replace(/Via: .*\r\n/, 'Content-Length: 0\r\n')],
    ['tcp', 'has no Via', options().replace(/Via: .*\r\n/, 'Content-Length: 0\r\n')],
    ['udp', 'has one that is none', options().replace(/Via: .*\r\n/, 'Via: nonsense\r\n')],
    ['udp', 'is garbage', 'nothing that is SIP\r\n\r\n'],
    ['tcp', 'is garbage', 'nothing that is SIP\r\n\r\n'],
  ])('sees over %s what is dropped because it %s', (protocol, _, text) => {
    expect(seenOf(protocol, text)).toEqual([`in ${text}`])
  })

  test.each<'udp' | 'tcp'>(['udp', 'tcp'])('sees no keep-alive over %s, nor its answer', (protocol) => {
    expect(seenOf(protocol, '\r\n\r\n')).toEqual([])
  })
})

describe('over TCP', () => {
  test('X006 X026 one copy each way, and both transactions end with the final response', () => {
    const net = new Net()
    net.server(net.listen('10.0.0.2', 'tcp'), 200)
    net.send(net.dispatcher(net.listen('10.0.0.1', 'tcp')), to('sip:10.0.0.2;transport=tcp'))
    net.clock.advance(1000)
    expect(net.events).toEqual([200, 'end'])
    expect(net.left()).toBe(0)
  })

  test('T043 nobody listens: told at once, not after 32 s', () => {
    const net = new Net()
    net.send(net.dispatcher(net.listen('10.0.0.1', 'tcp')), to('sip:10.0.0.2;transport=tcp'))
    net.clock.advance(1000)
    expect(net.events).toEqual(['ERR_SIP_REFUSED', 'end'])
  })

  test('T013 nobody listens for a large request: it goes by UDP after all', () => {
    const net = new Net()
    net.server(net.listen('10.0.0.2', 'udp'), 200)
    net.send(net.dispatcher(net.listen('10.0.0.1', 'udp', 'tcp')), to('sip:10.0.0.2', 'x'.repeat(2000)))
    net.clock.advance(1000)
    expect([net.events, net.asked]).toEqual([[200], ['OPTIONS udp:10.0.0.2:5060']])
  })

  test('T010 somebody listens: it goes by TCP', () => {
    const net = new Net()
    net.server(net.listen('10.0.0.2', 'udp', 'tcp'), 200)
    net.send(net.dispatcher(net.listen('10.0.0.1', 'udp', 'tcp')), to('sip:10.0.0.2', 'x'.repeat(2000)))
    net.clock.advance(1000)
    expect([net.events, net.asked]).toEqual([[200, 'end'], ['OPTIONS tcp:10.0.0.2:5060']])
  })

  test('T043 says whose connection has closed', () => {
    const net = new Net()
    const server = net.server(net.listen('10.0.0.2', 'tcp'), undefined)
    server.on('message', (_message, _leg, { flow }) => flow?.close())
    const told: string[] = []
    const client = net.dispatcher(net.listen('10.0.0.1', 'tcp'))
    client.deliver(to('sip:10.0.0.2;transport=tcp'), { onError: ({ message }) => told.push(message) })
    net.clock.advance(100)
    expect(told).toEqual(['tcp 10.0.0.2:5060 closed the connection'])
  })

  test('T043 a connection that closes ends what waits on it, at both ends', () => {
    const net = new Net()
    const server = net.server(net.listen('10.0.0.2', 'tcp'), undefined)
    let flow: Flow | undefined
    server.on('message', (_message, _leg, source) => (flow = source.flow))
    net.send(net.dispatcher(net.listen('10.0.0.1', 'tcp')), to('sip:10.0.0.2;transport=tcp'))
    net.clock.advance(100)
    expect([net.events, net.left()]).toEqual([[], 2])
    flow?.close()
    net.clock.advance(100)
    expect([net.events, net.left()]).toEqual([['ERR_SIP_REFUSED', 'end'], 0])
  })

  test('T030 a response whose connection is gone finds its way by a new one', () => {
    const net = new Net()
    const server = net.dispatcher(net.listen('10.0.0.2', 'tcp'))
    let taken: { packet: SipRequest; flow: Flow | undefined } | undefined
    server.setReceiver({
      receive: (packet, _leg, { flow }) => void (packet instanceof SipRequest && (taken = { packet, flow })),
    })
    const client = net.dispatcher(net.listen('10.0.0.1', 'tcp'))
    const heard: string[] = []
    client.on('drop', (reason) => heard.push(reason))
    net.send(client, to('sip:10.0.0.2;transport=tcp'))
    net.clock.advance(100)
    taken?.flow?.close()
    net.clock.advance(100)
    if (taken) server.deliver(taken.packet.createResponse(200, { toTag: 'b' }))
    net.clock.advance(100)
    // It came, though the client has given up on its request by then.
    expect(heard).toEqual(['stray-response'])
  })
})
