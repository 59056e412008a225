import { type SipMessage, SipRequest } from '@netsip/message'
import { SeededRandom, VirtualClock } from '@netsip/runtime/testing'
import type { Leg } from '@netsip/transport'
import { MemoryNetwork } from '@netsip/transport/testing'
import { describe, expect, test } from 'vitest'
import { StatelessProxy, type StatelessProxyOptions } from './stateless-proxy.ts'

/** One end that sends text and keeps what comes, byte for byte. */
class End {
  readonly leg: Leg
  readonly messages: SipMessage[] = []
  readonly texts: string[] = []

  constructor(network: MemoryNetwork, host: string, protocol: 'udp' | 'tcp' = 'udp') {
    this.leg = network.listen({ host, protocol })
    this.leg.on('message', (message, _source, bytes) => {
      this.messages.push(message)
      this.texts.push(new TextDecoder().decode(bytes))
    })
  }

  send(message: SipMessage): void {
    this.leg.send(message.toBytes(), { protocol: this.leg.protocol, addr: '10.0.0.1', port: 5060, family: 'IPv4' })
  }
}

interface Bed {
  clock: VirtualClock
  proxy: StatelessProxy
  alice: End
  bob: End
}

function next({ uri }: SipRequest): string | undefined {
  return 'user' in uri && uri.user === 'bob' ? 'sip:bob@10.0.0.3' : undefined
}

function start(options: Partial<StatelessProxyOptions> = {}): Bed {
  const clock = new VirtualClock()
  const random = new SeededRandom(3)
  const network = new MemoryNetwork({ clock, random })
  const legs = [network.listen({ host: '10.0.0.1' }), network.listen({ host: '10.0.0.1', protocol: 'tcp' })]
  const proxy = new StatelessProxy({ legs, domains: ['example.com'], next, random, ...options })
  return { clock, proxy, alice: new End(network, '10.0.0.2'), bob: new End(network, '10.0.0.3') }
}

function make(
  method: string,
  change: { uri?: string; branch?: string; headers?: Record<string, string> } = {},
): SipRequest {
  const branch = change.branch ?? 'z9hG4bKalice1'
  const request = new SipRequest({
    method,
    uri: change.uri ?? 'sip:bob@example.com',
    headers: {
      Via: `SIP/2.0/UDP 10.0.0.2:5060${branch && `;branch=${branch}`}`,
      'Max-Forwards': 70,
      From: '<sip:alice@example.com>;tag=a',
      To: '<sip:bob@example.com>',
      'Call-ID': 'c',
      CSeq: `1 ${method}`,
    },
  })
  for (const [name, value] of Object.entries(change.headers ?? {})) request.headers.set(name, value)
  return request
}

describe('requests', () => {
  test('R110 every copy is forwarded, and all are equal', async () => {
    const { clock, proxy, alice, bob } = start({ recordRoute: true })
    for (let i = 0; i < 3; i++) alice.send(make('INVITE'))
    await clock.advanceAsync(10)
    expect(bob.texts).toHaveLength(3)
    expect(new Set(bob.texts).size).toBe(1)
    const [invite] = bob.messages
    expect([invite?.vias.length, invite?.maxForwards, invite?.recordRoutes.length]).toEqual([2, 69, 1])
    expect(proxy.stats()).toEqual({ forwarded: 3, answered: 0, drops: {} })
    expect(clock.pending).toBe(0)
  })

  test.each(['z9hG4bKalice1', '', '1'])(
    'R109b R114 R117 CANCEL and ACK get the branch of their INVITE, which is %j',
    async (branch) => {
      const { clock, alice, bob } = start()
      alice.send(make('INVITE', { branch }))
      alice.send(make('CANCEL', { branch }))
      alice.send(make('ACK', { branch, headers: { To: '<sip:bob@example.com>;tag=b' } }))
      await clock.advanceAsync(10)
      expect(bob.messages.map(({ cseq }) => cseq.method)).toEqual(['INVITE', 'CANCEL', 'ACK'])
      expect(new Set(bob.messages.map(({ via }) => via?.branch)).size).toBe(1)
      expect(bob.messages[0]?.via?.branch).toMatch(/^z9hG4bK/)
    },
  )

  test('R109 another request gets another branch', async () => {
    const { clock, alice, bob } = start()
    alice.send(make('INVITE'))
    alice.send(make('INVITE', { branch: 'z9hG4bKalice2' }))
    alice.send(make('INVITE', { branch: '' }))
    alice.send(make('INVITE', { branch: '', headers: { CSeq: '2 INVITE' } }))
    await clock.advanceAsync(10)
    expect(new Set(bob.messages.map(({ via }) => via?.branch)).size).toBe(4)
  })

  test('R108 a next hop with lr becomes the Route, and the Request-URI stays', async () => {
    const { clock, alice, bob } = start({ next: () => 'sip:10.0.0.3;lr' })
    alice.send(make('INVITE'))
    await clock.advanceAsync(10)
    const [invite] = bob.messages
    expect(invite?.type === 'request' && invite.uri.toString()).toBe('sip:bob@example.com')
    expect(invite?.routes.map(String)).toEqual(['<sip:10.0.0.3;lr>'])
  })

  test('R108 UDP goes on over TCP when the target says so', async () => {
    const clock = new VirtualClock()
    const network = new MemoryNetwork({ clock, random: new SeededRandom(3) })
    const legs = [network.listen({ host: '10.0.0.1' }), network.listen({ host: '10.0.0.1', protocol: 'tcp' })]
    const proxy = new StatelessProxy({ legs, domains: ['example.com'], next: () => 'sip:10.0.0.4;transport=tcp' })
    const [alice, bob] = [new End(network, '10.0.0.2'), new End(network, '10.0.0.4', 'tcp')]
    alice.send(make('OPTIONS'))
    await clock.advanceAsync(1000)
    const [options] = bob.messages
    expect(options?.via?.protocol).toBe('TCP')
    if (options?.type === 'request') bob.send(options.createResponse(200, { toTag: 'b' }))
    await clock.advanceAsync(1000)
    expect(alice.messages.map((message) => message.type)).toEqual(['response'])
    proxy.close()
  })

  test('R108 dialogs follow the sealed Route, R061 nothing else leaves the domain', async () => {
    const { clock, proxy, alice, bob } = start({ recordRoute: true })
    alice.send(make('INVITE'))
    await clock.advanceAsync(10)
    const route = bob.messages[0]?.headers.get('Record-Route') ?? ''
    const bye = (branch: string, headers: Record<string, string>): SipRequest =>
      make('BYE', { uri: 'sip:bob@10.0.0.3:5060', branch, headers })
    alice.send(bye('z9hG4bK2', { Route: route, To: '<sip:bob@example.com>;tag=b' }))
    alice.send(bye('z9hG4bK3', { Route: '<sip:10.0.0.1;lr>', To: '<sip:bob@example.com>;tag=b' }))
    alice.send(bye('z9hG4bK4', { Route: route }))
    await clock.advanceAsync(10)
    expect(bob.messages.map(({ cseq }) => cseq.method)).toEqual(['INVITE', 'BYE'])
    expect(alice.messages.map((message) => message.type === 'response' && message.status)).toEqual([403, 403])
    expect(proxy.stats()).toMatchObject({ forwarded: 2, answered: 2 })
  })
})

describe('what it answers itself', () => {
  test.each<[string, ReturnType<typeof make>, number]>([
    ['an unknown user', make('INVITE', { uri: 'sip:nobody@example.com' }), 404],
    ['another domain', make('INVITE', { uri: 'sip:x@10.0.0.7' }), 403],
    ['no hops left', make('INVITE', { headers: { 'Max-Forwards': '0' } }), 483],
    ['another scheme', make('INVITE', { uri: 'tel:+15550123' }), 416],
  ])('R115 %s, each copy in the same way', async (_what, request, status) => {
    const { clock, alice, bob } = start()
    alice.send(request)
    alice.send(request)
    await clock.advanceAsync(10)
    expect(alice.messages.map((message) => message.type === 'response' && message.status)).toEqual([status, status])
    expect(alice.texts[0]).toBe(alice.texts[1])
    expect(alice.messages[0]?.to.tag).toBeDefined()
    expect(bob.messages).toEqual([])
  })

  test('R116 no ACK', async () => {
    const { clock, proxy, alice } = start()
    alice.send(make('ACK', { uri: 'sip:nobody@example.com' }))
    await clock.advanceAsync(10)
    expect([alice.messages, proxy.stats().drops]).toEqual([[], { ack: 1 }])
  })

  test('R048 a loop', async () => {
    const { clock, alice, bob } = start({ next: () => 'sip:10.0.0.1;lr' })
    alice.send(make('OPTIONS'))
    await clock.advanceAsync(100)
    expect(alice.messages.map((message) => message.type === 'response' && message.status)).toEqual([482])
    expect(bob.messages).toEqual([])
  })
})

describe('responses', () => {
  test('R112 R112b R112c R113 own Via is taken off, and the rest goes where the next one says', async () => {
    const { clock, alice, bob } = start()
    alice.send(make('INVITE'))
    await clock.advanceAsync(10)
    const [invite] = bob.messages
    const response =
      invite?.type === 'request' ? invite.createResponse(200, { toTag: 'b', headers: { 'X-Odd': 'a,b' } }) : undefined
    if (response) bob.send(response)
    await clock.advanceAsync(10)
    const [received] = alice.messages
    expect(received?.vias.map(String)).toEqual([
      expect.stringMatching(/^SIP\/2\.0\/UDP 10\.0\.0\.2:5060;branch=z9hG4bKalice1/),
    ])
    response?.popVia()
    expect(alice.texts[0]).toBe(response?.toString())
  })

  test('R112 one that did not go out from here is dropped', async () => {
    const { clock, proxy, alice, bob } = start()
    bob.send(make('OPTIONS').createResponse(200))
    const own = make('OPTIONS', { headers: { Via: 'SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKx' } })
    bob.send(own.createResponse(200))
    await clock.advanceAsync(10)
    expect(alice.messages).toEqual([])
    expect(proxy.stats().drops).toEqual({ 'foreign-response': 1, 'response-for-us': 1 })
  })
})

test('R111 names are resolved by what it is given, and what cannot be is counted', async () => {
  const targets = [{ protocol: 'udp', addr: '10.0.0.3', port: 5060, family: 'IPv4' }] as const
  const resolver = {
    resolve: ({ host }: { host: string }) =>
      host === 'good.example' ? Promise.resolve([...targets]) : Promise.reject(new Error('no')),
  }
  const { clock, proxy, alice, bob } = start({
    resolver,
    next: ({ uri }) => ('user' in uri && uri.user === 'bob' ? 'sip:good.example' : 'sip:bad.example'),
  })
  alice.send(make('OPTIONS'))
  alice.send(make('OPTIONS', { uri: 'sip:x@example.com', branch: 'z9hG4bK2' }))
  await clock.advanceAsync(10)
  expect(bob.messages).toHaveLength(1)
  expect(proxy.stats().drops).toEqual({ unresolved: 1 })
})

test('close stops listening', async () => {
  const { clock, proxy, alice, bob } = start()
  proxy.close()
  alice.send(make('OPTIONS'))
  await clock.advanceAsync(10)
  expect(bob.messages).toEqual([])
})
