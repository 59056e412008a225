import { NameAddr, parseUri, SipRequest } from '@netsip/message'
import { Dispatcher } from '@netsip/dispatcher'
import { VirtualClock, SeededRandom } from '@netsip/runtime/testing'
import { MemoryNetwork } from '@netsip/transport/testing'
import { describe, expect, test } from 'vitest'
import { Domains } from '../domains.ts'
import { copyFor, type ForwardPlan } from './forward.ts'
import { RecordRouter } from './record-route.ts'
import { preprocessRoute } from './route.ts'

const clock = new VirtualClock()
const random = new SeededRandom(1)
const network = new MemoryNetwork({ clock })

/** A proxy with this domain, and an address nobody asks for. */
function proxy(domain: string): { domains: Domains; recordRouter: RecordRouter } {
  const dispatcher = new Dispatcher({ legs: [network.listen({ host: '10.9.9.9', port: 0 })], clock, random })
  return { domains: new Domains([domain], dispatcher), recordRouter: new RecordRouter(undefined, random) }
}

function request(uri: string, ...routes: string[]): SipRequest {
  const made = new SipRequest({
    method: 'BYE',
    uri,
    headers: { From: '<sip:a@u1.example.com>;tag=a', To: '<sip:b@u2.domain.com>;tag=b', 'Call-ID': 'c', CSeq: '1 BYE' },
  })
  made.routes = routes.map((route) => NameAddr.parse(`<${route}>`))
  return made
}

/** What a proxy of this domain makes of it: Request-URI, then Routes. */
function passed(domain: string, through: SipRequest): string[] {
  const { domains, recordRouter } = proxy(domain)
  preprocessRoute(through, domains, recordRouter)
  const copy = copyFor({ request: through } as ForwardPlan, { uri: through.uri, path: [] })
  return [copy.uri.toString(), ...copy.routes.map(({ uri }) => uri.toString())]
}

describe('route preprocessing', () => {
  test('R124 a loose router takes itself off and leaves the Request-URI alone', () => {
    const bye = request('sip:callee@u2.domain.com', 'sip:p1.example.com;lr', 'sip:p2.domain.com;lr')
    expect(passed('p1.example.com', bye)).toEqual(['sip:callee@u2.domain.com', 'sip:p2.domain.com;lr'])
  })

  test('R125 R071 a strict next hop gets itself in the Request-URI and the target last in the Route', () => {
    const bye = request(
      'sip:caller@u1.example.com',
      'sip:p4.domain.com;lr',
      'sip:p3.middle.com',
      'sip:p2.example.com;lr',
      'sip:p1.example.com;lr',
    )
    expect(passed('p4.domain.com', bye)).toEqual([
      'sip:p3.middle.com',
      'sip:p2.example.com;lr',
      'sip:p1.example.com;lr',
      'sip:caller@u1.example.com',
    ])
  })

  test('R126 R126b R055 what a strict router did is undone', () => {
    const bye = request('sip:p2.example.com;lr', 'sip:p1.example.com;lr', 'sip:caller@u1.example.com')
    expect(passed('p2.example.com', bye)).toEqual(['sip:caller@u1.example.com', 'sip:p1.example.com;lr'])
    const next = request('sip:caller@u1.example.com', 'sip:p1.example.com;lr')
    expect(passed('p1.example.com', next)).toEqual(['sip:caller@u1.example.com'])
  })

  test('R056 without a Route the Request-URI stays, whatever it names', () => {
    expect(passed('p2.example.com', request('sip:p2.example.com;lr'))).toEqual(['sip:p2.example.com;lr'])
  })

  test('R058 both values of a double Record-Route are taken off, and no foreign one', () => {
    const bye = request(
      'sip:bob@192.0.2.7',
      'sip:p1.example.com;lr;transport=tcp',
      'sip:p1.example.com;lr',
      'sip:p2.example.net;lr',
      'sip:p1.example.com;lr',
    )
    expect(passed('p1.example.com', bye)).toEqual([
      'sip:bob@192.0.2.7',
      'sip:p2.example.net;lr',
      'sip:p1.example.com;lr',
    ])
  })

  test.each([
    ['sip:bob@elsewhere.example;maddr=p1.example.com', 'sip:bob@elsewhere.example'],
    [
      'sip:bob@elsewhere.example:5060;maddr=p1.example.com;transport=tcp;user=phone',
      'sip:bob@elsewhere.example:5060;user=phone',
    ],
    ['sip:bob@elsewhere.example;maddr=other.example.com', 'sip:bob@elsewhere.example;maddr=other.example.com'],
    ['sip:bob@elsewhere.example:7070;maddr=p1.example.com', 'sip:bob@elsewhere.example:7070;maddr=p1.example.com'],
  ])('R057 a maddr that names the proxy goes: %s', (uri, expected) => {
    expect(passed('p1.example.com', request(uri))).toEqual([expected])
  })
})

describe('the seal of a Record-Route value', () => {
  const leg = network.listen({ host: '10.9.9.8', port: 0 })
  const peer = { protocol: 'udp', addr: '10.0.0.1', port: 5060, family: 'IPv4' } as const
  const sealed = (router: RecordRouter, callId: string, flow?: string): NameAddr =>
    router.value(leg, callId, flow, false, peer)

  test('R121b holds for its own dialog and flow only', () => {
    const router = new RecordRouter(undefined, random)
    const value = sealed(router, 'c', 'f1')
    const own = request('sip:x@192.0.2.1')
    expect(router.isSealed(value.uri, own)).toBe(true)
    expect(router.isSealed(sealed(router, 'other', 'f1').uri, own)).toBe(false)
    expect(router.isSealed(parseUri(value.uri.toString().replace('f1@', 'f2@')), own)).toBe(false)
    expect(router.isSealed(parseUri(value.uri.toString().replace(/dlg=../, 'dlg=zz')), own)).toBe(false)
    expect(new RecordRouter(undefined, random).isSealed(value.uri, own)).toBe(false)
  })

  test('holds after a restart with the same secret', () => {
    const secret = random.bytes(32)
    const value = sealed(new RecordRouter(secret, random), 'c')
    expect(new RecordRouter(secret, random).isSealed(value.uri, request('sip:x@192.0.2.1'))).toBe(true)
  })
})
