import { SipRequest } from '@netsip/message'
import { SeededRandom, VirtualClock } from '@netsip/runtime/testing'
import { type Leg, targetOf } from '@netsip/transport'
import { MemoryNetwork } from '@netsip/transport/testing'
import { describe, expect, test } from 'vitest'
import { copyFor, type ForwardPlan, stampRecordRoute, wantsRecordRoute } from './forward.ts'
import { RecordRouter } from './record-route.ts'

const network = new MemoryNetwork({ clock: new VirtualClock() })
const udp: Leg = network.listen({ host: '10.0.0.1' })
/** A memory leg that says it is TLS: what matters here is only what it is called. */
const tls: Leg = Object.create(udp, {
  secure: { value: true },
  contact: {
    value: (user: string | undefined, secure: boolean) =>
      udp.contact(user).with({ scheme: secure ? 'sips' : 'sip', port: 5061 }),
  },
}) as Leg
const from = { proto: 'udp', addr: '10.0.0.2', host: '10.0.0.2', port: 5060, family: 'IPv4' } as const

function planFor(uri: string, change: Partial<ForwardPlan> = {}): ForwardPlan {
  const request = new SipRequest({
    method: 'INVITE',
    uri,
    headers: { 'Call-ID': 'c', Via: 'SIP/2.0/UDP 10.0.0.2;received=10.0.0.9;rport=7' },
  })
  return {
    request,
    leg: udp,
    from,
    callerFlow: undefined,
    recordRoute: 'always',
    recordRouter: new RecordRouter(undefined, new SeededRandom(1)),
    keyOf: () => 'key',
    ...change,
  }
}

function recorded(plan: ForwardPlan, leg: Leg): string[] {
  const copy = copyFor(plan, { uri: plan.request.uri, path: [] })
  stampRecordRoute(plan, copy, leg, targetOf(from), undefined)
  return copy.recordRoutes.map(({ uri }) => uri.toString().replace(/;lr;dlg=[0-9a-f]+$/, ' lr'))
}

describe('copyFor', () => {
  test('R067 R067b R067c counts one hop down, from 70 when nobody counts', () => {
    const plan = planFor('sip:bob@example.com')
    expect(copyFor(plan, { uri: plan.request.uri, path: [] }).maxForwards).toBe(70)
    plan.request.maxForwards = 5
    expect(copyFor(plan, { uri: plan.request.uri, path: [] }).maxForwards).toBe(4)
    expect(plan.request.maxForwards).toBe(5)
  })

  test('R079 R096b what was noted in the Via of the caller stays', () => {
    const plan = planFor('sip:bob@example.com')
    const { via } = copyFor(plan, { uri: plan.request.uri, path: [] })
    expect([via?.received, via?.rport]).toEqual(['10.0.0.9', 7])
  })
})

describe('stampRecordRoute', () => {
  test('R068 one value on one leg; stamping again for another attempt replaces it', () => {
    const plan = planFor('sip:bob@example.com')
    expect(recorded(plan, udp)).toEqual(['sip:10.0.0.1:5060 lr'])
    const copy = copyFor(plan, { uri: plan.request.uri, path: [] })
    stampRecordRoute(plan, copy, udp, targetOf(from), undefined)
    stampRecordRoute(plan, copy, tls, targetOf(from), undefined)
    stampRecordRoute(plan, copy, udp, targetOf(from), undefined)
    expect(copy.recordRoutes).toHaveLength(1)
  })

  test('R068b a sips request gets sips on the secure side', () => {
    expect(recorded(planFor('sips:bob@example.com', { leg: tls }), tls)).toEqual(['sips:10.0.0.1:5061 lr'])
  })

  test('R068c between TLS and plain there is always one for each side', () => {
    const two = ['sip:10.0.0.1:5061 lr', 'sip:10.0.0.1:5060 lr']
    expect(recorded(planFor('sip:bob@example.com', { recordRoute: 'crossing' }), tls)).toEqual(two)
    expect(recorded(planFor('sip:bob@example.com', { recordRoute: 'crossing' }), udp)).toEqual([])
    expect(recorded(planFor('sip:bob@example.com', { recordRoute: 'never' }), tls)).toEqual([])
  })

  test.each([
    ['INVITE', false, true],
    ['INVITE', true, false],
    ['SUBSCRIBE', false, true],
    ['DANCE', false, true],
    ['REGISTER', false, false],
    ['BYE', false, false],
  ])('R069 R070 whether %s gets one, inside a dialog: %s', (method, inDialog, expected) => {
    const { request } = planFor('sip:bob@example.com')
    request.method = method
    expect(wantsRecordRoute(request, inDialog)).toBe(expected)
  })
})
