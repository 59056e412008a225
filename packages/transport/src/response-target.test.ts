import { SipRequest, SipResponse } from '@netsip/message'
import { VirtualClock } from '@netsip/runtime/testing'
import { describe, expect, test } from 'vitest'
import type { Hop } from './resolver/hop.ts'
import type { Flow, Source, Target } from './leg/leg.ts'
import { MemoryNetwork } from './memory/network.ts'
import { applyReceived } from './received.ts'
import { responseTarget } from './response-target.ts'
import { sourceOf } from './source.ts'
import type { Protocol } from './protocol.ts'

function targetFor(via: string, source?: Source): Target | Hop {
  return responseTarget(new SipResponse({ status: 200, headers: { Via: via } }), source)
}

function flowFrom(proto: Protocol, open: boolean): Source {
  const leg = new MemoryNetwork({ clock: new VirtualClock() }).listen({ host: '10.0.0.9' })
  const flow: Flow = { id: 'x', leg, open, remote: sourceOf(proto, '192.0.2.1', 40_000), close() {} }
  return sourceOf(proto, '192.0.2.1', 40_000, flow)
}

/** The response to a request that came from `source`. */
function marked(via: string, source: Source): SipResponse {
  const request = new SipRequest({ method: 'OPTIONS', uri: 'sip:a@b', headers: { Via: via } })
  applyReceived(request, source)
  return request.createResponse(200)
}

const udp = (addr: string, port: number): Target => ({ protocol: 'udp', addr, port, family: 'IPv4' })

describe('responseTarget', () => {
  test('T032 UDP: received and rport, then received and the port of sent-by, then sent-by', () => {
    expect(targetFor('SIP/2.0/UDP h:5062;received=192.0.2.1;rport=7')).toEqual(udp('192.0.2.1', 7))
    expect(targetFor('SIP/2.0/UDP h:5062;received=192.0.2.1')).toEqual(udp('192.0.2.1', 5062))
    expect(targetFor('SIP/2.0/UDP h;received=192.0.2.1')).toEqual(udp('192.0.2.1', 5060))
    expect(targetFor('SIP/2.0/UDP 192.0.2.3:5063;rport')).toEqual(udp('192.0.2.3', 5063))
    expect(targetFor('SIP/2.0/UDP h.example:5062')).toEqual({
      host: 'h.example',
      port: 5062,
      transport: 'udp',
      secure: false,
    })
  })

  test('T024 received is IPv6 with brackets or without', () => {
    const expected = { protocol: 'udp', addr: '2001:db8::1', port: 5060, family: 'IPv6' }
    expect(targetFor('SIP/2.0/UDP [2001:db8::9];received=[2001:db8::1]')).toEqual(expected)
    expect(targetFor('SIP/2.0/UDP [2001:db8::9];received=2001:db8::1')).toEqual(expected)
    expect(targetFor('SIP/2.0/UDP [2001:db8::1]')).toEqual(expected)
  })

  test.each(['h:5062;rport', 'h:7', '[fe80::1]:7'])(
    'T032 back over the link that a request from a link-local address came by, whatever else came meanwhile: %s',
    (sentBy) => {
      const expected = { protocol: 'udp', addr: 'fe80::1%eth0', port: 7, family: 'IPv6' }
      const source = sourceOf('udp', 'fe80::1%eth0', 7)
      const asked = marked(`SIP/2.0/UDP ${sentBy}`, source)
      expect(responseTarget(asked, source)).toEqual(expected)
      marked('SIP/2.0/UDP h;rport', sourceOf('udp', '192.0.2.1', 5060))
      expect(responseTarget(asked, source)).toEqual(expected)
      const tcp = marked('SIP/2.0/TCP h:7', sourceOf('tcp', 'fe80::1%eth0', 40_000))
      expect(responseTarget(tcp, sourceOf('tcp', 'fe80::1%eth0', 40_000))).toEqual({ ...expected, protocol: 'tcp' })
    },
  )

  test('T032 UDP: of a Via that was just marked, too, and for another source by what it says', () => {
    const source = sourceOf('udp', '192.0.2.1', 40_000)
    const asked = marked('SIP/2.0/UDP h:5062;rport', source)
    expect(responseTarget(asked, source)).toEqual(udp('192.0.2.1', 40_000))
    expect(responseTarget(asked, sourceOf('udp', '192.0.2.7', 7))).toEqual(udp('192.0.2.1', 40_000))
    const other = marked('SIP/2.0/UDP h:5062;rport', sourceOf('udp', '192.0.2.8', 8))
    expect(responseTarget(other, source)).toEqual(udp('192.0.2.8', 8))
    expect(responseTarget(asked, source)).toEqual(udp('192.0.2.1', 40_000))
    expect(responseTarget(marked('SIP/2.0/UDP h:5062', source), source)).toEqual(udp('192.0.2.1', 5062))
    expect(responseTarget(marked('SIP/2.0/UDP 192.0.2.1:5062', source), source)).toEqual(udp('192.0.2.1', 5062))
  })

  test('T037 maddr does not choose whom the response hits', () => {
    expect(targetFor('SIP/2.0/UDP h;maddr=198.51.100.7;received=192.0.2.1;rport=7')).toEqual(udp('192.0.2.1', 7))
  })

  test('T029 a stream answers on the connection of the request while it is open', () => {
    const source = flowFrom('tcp', true)
    expect(targetFor('SIP/2.0/TCP h:5062;received=192.0.2.1', source)).toMatchObject({
      addr: '192.0.2.1',
      port: 40_000,
      flow: source.flow,
    })
  })

  test('T030 T030b T031 without it a new one is opened to received and the port of sent-by', () => {
    const gone = flowFrom('tcp', false)
    expect(targetFor('SIP/2.0/TCP h:5062;received=192.0.2.1', gone)).toMatchObject({ addr: '192.0.2.1', port: 5062 })
    expect(targetFor('SIP/2.0/TLS h;received=192.0.2.1')).toMatchObject({ protocol: 'tls', port: 5061 })
    expect(targetFor('SIP/2.0/TLS h.example')).toEqual({ host: 'h.example', transport: 'tls', secure: true })
  })

  test('T087 T089 a WebSocket client is never dialled', () => {
    const gone = flowFrom('ws', false)
    expect(targetFor('SIP/2.0/WS df7jal23ls0d.invalid', gone)).toMatchObject({ flow: gone.flow })
  })

  test('says what it cannot use', () => {
    expect(() => responseTarget(new SipResponse({ status: 200 }))).toThrow('without Via')
    expect(() => targetFor('SIP/2.0/SCTP h')).toThrow('SCTP')
  })
})
