import type { SipRequest } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import { Rig, incoming, request } from '../testing/rig.ts'
import { TestLeg } from '../testing/test-leg.ts'
import { TestResolver, targetsOf, udpTarget as target } from '../testing/test-resolver.ts'

function withTcp(): { rig: Rig; tcp: TestLeg } {
  const rig = new Rig('udp', { resolver: new TestResolver('192.0.2.10', '192.0.2.11') })
  const tcp = new TestLeg(() => rig.clock.monotonic(), 'tcp')
  rig.dispatcher.addLeg(tcp)
  return { rig, tcp }
}

describe('requests too large for UDP', () => {
  const large = { body: 'x'.repeat(1300), uri: 'sip:bob@example.org' }

  test('T010 T011 T012 T014 go by TCP with the Via changed, and stay there', () => {
    const { rig, tcp } = withTcp()
    const delivery = rig.dispatcher.deliver(request('INVITE', large), rig.watching())
    const sent = tcp.lastRequest()
    expect(rig.leg.sent).toEqual([])
    expect(sent.via?.protocol).toBe('TCP')
    expect(sent.uri.toString()).toBe('sip:bob@example.org')
    tcp.answer(180)
    rig.dispatcher.deliver((delivery.message as SipRequest).createCancel())
    tcp.answer(200)
    tcp.answer(487, { to: sent })
    expect(tcp.take().map((line) => line.split(' ')[0])).toEqual(['INVITE', 'CANCEL', 'ACK'])
    expect(rig.takeEvents()).toEqual([180, 487, 'end'])
  })

  test('T010 T011 are those of more than 1300 bytes, our Via included', () => {
    const { rig, tcp } = withTcp()
    rig.dispatcher.deliver(request('OPTIONS', { uri: large.uri, body: 'x'.repeat(900) }))
    const rest = (rig.leg.sent[0]?.bytes.length ?? 0) - 900
    for (const size of [1300, 1301]) {
      rig.dispatcher.deliver(request('OPTIONS', { uri: large.uri, body: 'x'.repeat(size - rest - 1) }))
    }
    expect(rig.leg.sent.map(({ bytes }) => bytes.length)).toEqual([rest + 900, 1300])
    expect(tcp.sent.map(({ bytes }) => bytes.length)).toEqual([1301 - ';rport'.length])
  })

  test('T014 have a CANCEL that is as large follow them, back on UDP as well', () => {
    const { rig, tcp } = withTcp()
    const Route = Array.from({ length: 40 }, (_, i) => `<sip:proxy-${i}.example.org;lr>`)
    const delivery = rig.dispatcher.deliver(request('INVITE', { headers: { Route } }), rig.watching())
    tcp.failLast()
    rig.leg.answer(180)
    const cancel = (delivery.message as SipRequest).createCancel()
    expect(cancel.toBytes().length).toBeGreaterThan(1300)
    rig.dispatcher.deliver(cancel)
    expect(tcp.take().map((line) => line.split(' ')[0])).toEqual(['INVITE'])
    expect(rig.leg.take().map((line) => line.split(' ')[0])).toEqual(['INVITE', 'CANCEL'])
    expect(cancel.via?.protocol).toBe('UDP')
  })

  test('T013 fail when TCP was silent and there is no other server', () => {
    const { rig, tcp } = withTcp()
    rig.dispatcher.deliver(request('OPTIONS', { ...large, uri: 'sip:bob@192.0.2.9' }), rig.watching())
    rig.clock.advance(64_000)
    rig.clock.advance(64_000)
    expect([tcp.sent.length, rig.leg.sent.length, rig.takeEvents()]).toEqual([2, 0, ['ERR_SIP_TIMEOUT', 'end']])
  })

  test('T013 fall back to UDP when TCP is refused', () => {
    const { rig, tcp } = withTcp()
    rig.dispatcher.deliver(request('INVITE', large), rig.watching())
    tcp.failLast()
    expect(targetsOf(rig)).toEqual(['192.0.2.10:5060'])
    expect(rig.leg.lastRequest().via?.protocol).toBe('UDP')
    rig.leg.failLast()
    expect(tcp.sent.map(({ target: { addr } }) => addr)).toEqual(['192.0.2.10', '192.0.2.11'])
  })

  test('T013 but go on to the next server when TCP was silent', () => {
    const { rig, tcp } = withTcp()
    rig.dispatcher.deliver(request('OPTIONS', large), rig.watching())
    rig.clock.advance(32_000)
    expect(rig.leg.sent).toEqual([])
    expect(tcp.sent.map(({ target: { addr } }) => addr)).toEqual(['192.0.2.10', '192.0.2.11'])
  })

  test('T012 stay on UDP when that was asked for, or when there is no TCP', () => {
    const { rig, tcp } = withTcp()
    rig.dispatcher.deliver(request('OPTIONS', { ...large, uri: 'sip:bob@192.0.2.9;transport=udp' }))
    rig.dispatcher.deliver(request('OPTIONS', large), { target: target('192.0.2.9') })
    rig.dispatcher.deliver(request('OPTIONS', large), { leg: rig.leg })
    expect(tcp.sent).toEqual([])
    const only = new Rig()
    only.dispatcher.deliver(request('OPTIONS', { ...large, uri: 'sip:bob@192.0.2.9' }))
    expect([rig.leg.sent.length, only.leg.sent.length]).toEqual([3, 1])
  })

  test('T012 T035 a large response stays on UDP', () => {
    const { rig, tcp } = withTcp()
    rig.leg.receive(incoming('OPTIONS'))
    const asked = rig.received[0] as SipRequest
    rig.dispatcher.deliver(asked.createResponse(200, { toTag: 'us', body: 'x'.repeat(2000) }))
    expect([rig.leg.sent.length, tcp.sent.length]).toEqual([1, 0])
  })
})
