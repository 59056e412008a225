import { parseUri, type SipRequest } from '@netsip/message'
import { type Hop, type Source, staticResolver } from '@netsip/transport'
import { describe, expect, test } from 'vitest'
import type { DispatcherOptions } from './dispatcher.ts'
import { Rig, request } from './testing/rig.ts'
import { TestLeg } from './testing/test-leg.ts'
import { TestResolver, targetsOf, udpTarget as target } from './testing/test-resolver.ts'

const standstill = (): number => 0

function asked(options: DispatcherOptions, sent: SipRequest, hop?: string): Hop | undefined {
  const resolver = new TestResolver('192.0.2.9')
  const rig = new Rig('udp', { resolver, ...options })
  rig.dispatcher.deliver(sent, hop === undefined ? {} : { hop })
  return resolver.asked[0]
}

function from(leg: TestLeg, addr: string): Source {
  return { proto: leg.protocol, addr, host: addr, port: 5060, family: 'IPv4' }
}

function withLegs(): { rig: Rig; loop: TestLeg; six: TestLeg; near: TestLeg } {
  const rig = new Rig()
  const loop = new TestLeg(standstill, 'udp', '127.0.0.1')
  const six = new TestLeg(standstill, 'udp', '2001:db8::1')
  const near = new TestLeg(standstill, 'udp', '10.1.0.1')
  for (const leg of [loop, six, near]) rig.dispatcher.addLeg(leg)
  return { rig, loop, six, near }
}

describe('where a request goes', () => {
  const hosts = {
    domainToProxy: {
      'example.com': 'sip:exact.example.net',
      '*.example.com': 'parent.example.net:5080',
      '*': 'sip:any.example.net',
    },
  }

  test('T092 to the Request-URI, without asking for a literal address', () => {
    const rig = new Rig()
    const delivery = rig.dispatcher.deliver(request('OPTIONS', { uri: 'sip:bob@192.0.2.77:5070' }))
    expect(targetsOf(rig)).toEqual(['192.0.2.77:5070'])
    expect([delivery.state, delivery.target?.addr, delivery.leg]).toEqual(['Trying', '192.0.2.77', rig.leg])
    expect(delivery.branch).toMatch(/^z9hG4bK[0-9a-f]{24}$/)
  })

  test('T092 to the topmost Route before the Request-URI', () => {
    const routed = request('OPTIONS', { headers: { Route: ['<sip:one.example.net;lr>', '<sip:two.example.net;lr>'] } })
    expect(asked({}, routed)?.host).toBe('one.example.net')
  })

  test('to the hop that is given before anything else', () => {
    const routed = request('OPTIONS', { headers: { Route: '<sip:one.example.net;lr>' } })
    expect(asked({ outboundProxy: 'proxy.example.net' }, routed, 'given.example.net:5099')).toMatchObject({
      host: 'given.example.net',
      port: 5099,
    })
  })

  test('to the outbound proxy, but not within a dialog or with a Route', () => {
    const options = { outboundProxy: 'sip:proxy.example.net;transport=tcp' }
    const uri = 'sip:bob@example.org'
    expect(asked(options, request('OPTIONS', { uri }))).toMatchObject({ host: 'proxy.example.net', transport: 'tcp' })
    expect(asked(options, request('BYE', { uri, toTag: 'b1' }))?.host).toBe('example.org')
    expect(asked(options, request('OPTIONS', { uri, headers: { Route: '<sip:r.example.net;lr>' } }))?.host).toBe(
      'r.example.net',
    )
    expect(asked({ outboundProxy: parseUri('sip:[2001:db8::5]:5061') }, request('OPTIONS'))).toMatchObject({
      host: '2001:db8::5',
      port: 5061,
    })
  })

  test('to the proxy of its domain: exact, then *.parent, then *', () => {
    const hostFor = (uri: string): string | undefined => asked(hosts, request('OPTIONS', { uri }))?.host
    expect(hostFor('sip:bob@Example.COM')).toBe('exact.example.net')
    expect(hostFor('sip:bob@pbx.example.com')).toBe('parent.example.net')
    expect(hostFor('sip:bob@a.b.example.com')).toBe('parent.example.net')
    expect(hostFor('sip:bob@example.org')).toBe('any.example.net')
    expect(asked(hosts, request('BYE', { uri: 'sip:bob@example.org', toTag: 'b1' }))?.host).toBe('example.org')
    expect(asked(hosts, request('BYE', { uri: 'sip:bob@pbx.example.com', toTag: 'b1' }))?.host).toBe(
      'parent.example.net',
    )
  })

  test('a tel URI needs a proxy', () => {
    const rig = new Rig()
    rig.dispatcher.deliver(request('OPTIONS', { uri: 'tel:+15551234' }), rig.watching())
    expect(rig.takeEvents()).toEqual([])
    rig.clock.advance(0)
    expect(rig.takeEvents()).toEqual(['ERR_SIP_UNRESOLVED', 'end'])
    expect(asked({ outboundProxy: 'proxy.example.net' }, request('OPTIONS', { uri: 'tel:+15551234' }))?.host).toBe(
      'proxy.example.net',
    )
  })

  test.each([
    ['tel:+15551234', 'tel:+15551234 names no host to send to: a proxy is needed'],
    ['sip:192.0.2.9;transport=sctp', 'transport sctp is not known here'],
  ])('says why %s leads nowhere', (uri, text) => {
    const rig = new Rig()
    const told: string[] = []
    rig.dispatcher.deliver(request('OPTIONS', { uri }), { onError: ({ message }) => told.push(message) })
    rig.clock.advance(0)
    expect(told).toEqual([text])
  })

  test.each([
    'tel:+15551234',
    'tel:911',
    'tel:911;phone-context=example.com',
    'mailto:bob@example.com',
    'urn:service:sos',
  ])('a proxy that is no host is refused when the dispatcher is made: %s', (proxy) => {
    for (const options of [{ outboundProxy: proxy }, { domainToProxy: { 'example.com': proxy } }]) {
      expect(() => new Rig('udp', options)).toThrow(expect.objectContaining({ code: 'ERR_SIP_ARGUMENT' }))
    }
  })

  test('a host that is named like a scheme is one, with its port', () => {
    expect(asked({ outboundProxy: 'http:5070' }, request('OPTIONS'))).toMatchObject({ host: 'http', port: 5070 })
    expect(asked({ outboundProxy: 'localhost:5070;transport=tcp' }, request('OPTIONS'))).toMatchObject({
      host: 'localhost',
      port: 5070,
      transport: 'tcp',
    })
  })

  test('resolveUri tells where it would go', async () => {
    const rig = new Rig('udp', {
      resolver: staticResolver({ 'proxy.example.net': '192.0.2.7' }),
      ...hosts,
      outboundProxy: 'proxy.example.net',
    })
    expect(await rig.dispatcher.resolveUri('sip:bob@example.org')).toMatchObject([{ addr: '192.0.2.7', port: 5060 }])
    await expect(rig.dispatcher.resolveUri('sip:bob@example.com')).rejects.toMatchObject({ code: 'ERR_SIP_UNRESOLVED' })
  })
})

describe('which leg it leaves from', () => {
  test('the one of the right protocol and family whose address is nearest to the target', () => {
    const { rig, loop, six, near } = withLegs()
    const legFor = (uri: string): unknown => rig.dispatcher.deliver(request('OPTIONS', { uri })).leg
    expect(legFor('sip:127.0.0.5')).toBe(loop)
    expect(legFor('sip:[2001:db8::9]')).toBe(six)
    expect(legFor('sip:10.1.7.7')).toBe(near)
    expect(legFor('sip:192.0.2.200')).toBe(rig.leg)
  })

  test('the one that is given, or that of the flow', () => {
    const { rig, near } = withLegs()
    expect(rig.dispatcher.deliver(request('OPTIONS'), { leg: near }).leg).toBe(near)
    const tcp = new TestLeg(standstill, 'tcp')
    rig.dispatcher.addLeg(tcp)
    const flow = tcp.flow('198.51.100.7', 40_000)
    const delivery = rig.dispatcher.deliver(request('OPTIONS'), {
      target: { ...target('198.51.100.7', 'tcp'), port: 40_000, flow },
    })
    expect(delivery.leg).toBe(tcp)
    expect(tcp.sent[0]?.target.flow).toBe(flow)
  })

  test('none for a protocol without a leg is an error', () => {
    const rig = new Rig()
    rig.dispatcher.deliver(request('OPTIONS', { uri: 'sip:192.0.2.9;transport=tls' }), rig.watching())
    rig.clock.advance(0)
    expect(rig.takeEvents()).toEqual(['ERR_SIP_UNRESOLVED', 'end'])
  })
})

describe('the path of a dialog', () => {
  const twoServers = { resolve: () => [target('192.0.2.7'), target('192.0.2.8')] }

  test('of several places the one that the dialog came from is tried first, and the others after it', () => {
    const rig = new Rig('udp', { resolver: twoServers })
    const path = { leg: rig.leg, from: from(rig.leg, '192.0.2.8') }
    const delivery = rig.dispatcher.deliver(request('OPTIONS', { uri: 'sip:bob@example.com' }), { path })
    expect(delivery.target?.addr).toBe('192.0.2.8')
    const other = { leg: rig.leg, from: from(rig.leg, '192.0.2.99') }
    const elsewhere = rig.dispatcher.deliver(request('OPTIONS', { uri: 'sip:bob@example.com' }), { path: other })
    expect(elsewhere.target?.addr).toBe('192.0.2.7')
  })

  test('a next hop with ;ob or in .invalid is not resolved while the way is open, and one beyond a Route is not meant', () => {
    const rig = new Rig('udp', { resolver: twoServers })
    const path = { leg: rig.leg, from: from(rig.leg, '192.0.2.99') }
    const addrOf = (uri: string, headers: Record<string, string> = {}): string | undefined =>
      rig.dispatcher.deliver(request('OPTIONS', { uri, headers }), { path }).target?.addr
    expect(addrOf('sip:bob@example.com;ob')).toBe('192.0.2.99')
    expect(addrOf('sip:bob@phone.INVALID')).toBe('192.0.2.99')
    expect(addrOf('sip:bob@phone.invalid', { Route: '<sip:proxy.example.com;lr>' })).toBe('192.0.2.7')
  })
})
