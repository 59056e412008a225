import { Via } from '@netsip/message'
import { VirtualClock } from '@netsip/runtime/testing'
import { describe, expect, test } from 'vitest'
import { MemoryNetwork } from '../memory/network.ts'
import { targetAt } from '../target.ts'
import { failureOf, optionsFrom } from '../testing/requests.ts'

const network = new MemoryNetwork({ clock: new VirtualClock() })
const udp = network.listen({ host: '10.0.0.1' })
const tcp = network.listen({ protocol: 'tcp', host: '2001:DB8::1', port: 5070 })
const natted = network.listen({ host: '10.0.0.2', advertise: { host: 'Edge.example.com', port: 6000 } })
const loopback = network.listen({ host: '127.0.0.1' })

describe('a leg', () => {
  test('T008 T008b T008c T018 stamps a Via with its address and port, IPv6 in brackets, rport on UDP', () => {
    expect(udp.via('z9hG4bK1').toString()).toBe('SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1;rport')
    expect(tcp.via('z9hG4bK1').toString()).toBe('SIP/2.0/TCP [2001:db8::1]:5070;branch=z9hG4bK1')
  })

  test('T073 gives a Contact that reaches it', () => {
    expect(udp.contact('alice').toString()).toBe('sip:alice@10.0.0.1:5060')
    expect(tcp.contact().toString()).toBe('sip:[2001:db8::1]:5070;transport=tcp')
    expect(tcp.contact('bob', true).toString()).toBe('sips:bob@[2001:db8::1]:5070;transport=tcp')
  })

  test('T038 advertises what it is told to, and knows both as its own', () => {
    expect(natted.advertised).toEqual({ host: 'edge.example.com', port: 6000 })
    expect(natted.via('z9hG4bK1').sentBy).toBe('edge.example.com:6000')
    expect(natted.isOwnSentBy(Via.parse('SIP/2.0/UDP EDGE.example.com:6000'))).toBe(true)
    expect(natted.isOwnSentBy(Via.parse('SIP/2.0/UDP edge.example.com'))).toBe(false)
    expect(udp.isOwnSentBy(Via.parse('SIP/2.0/UDP 10.0.0.1'))).toBe(true)
    expect(natted.match({ host: 'edge.example.com' })).toBe(true)
    expect(natted.match({ host: '10.0.0.2', port: 5060 })).toBe(true)
  })

  test('T008b T038 a zone never leaves it, and is not missed when it comes back', () => {
    const linkLocal = network.listen({ host: 'fe80::1%eth0' })
    const via = linkLocal.via('z9hG4bK1', targetAt('udp', 'fe80::2%eth0'))
    expect(via.toString()).toBe('SIP/2.0/UDP [fe80::1]:5060;branch=z9hG4bK1;rport')
    expect(linkLocal.isOwnSentBy(Via.parse(via.toString()))).toBe(true)
    expect(linkLocal.match({ host: '[FE80::1]' })).toBe(true)
    expect(linkLocal.advertised.host).toBe('fe80::1')
  })

  test.each(['0.0.0.0', '::', 'two words', 'edge.example.com:5060', ''])('T009 cannot advertise "%s"', (host) => {
    const failure = expect.objectContaining({ name: 'SipError', code: 'ERR_SIP_ARGUMENT' })
    expect(() => network.listen({ host: '10.0.0.77', advertise: { host } })).toThrow(failure)
    expect(() => network.listen({ host: '10.0.0.77', advertise: { host: 'example.com', port: 65_536 } })).toThrow(
      failure,
    )
    network.listen({ host: '10.0.0.77', port: 0 })
  })

  test('T009 a simulated leg is bound to one host', () => {
    expect(() => network.listen({ host: '0.0.0.0' })).toThrow(
      expect.objectContaining({ name: 'SipError', code: 'ERR_SIP_ARGUMENT' }),
    )
  })

  test('reaches its own family only, and from loopback only loopback', () => {
    expect(udp.canDeliverTo(targetAt('udp', '10.9.9.9'))).toBe(true)
    expect(udp.canDeliverTo(targetAt('udp', '2001:db8::9'))).toBe(false)
    expect(loopback.canDeliverTo(targetAt('udp', '10.0.0.1'))).toBe(false)
    expect(loopback.canDeliverTo(targetAt('udp', '127.0.0.9'))).toBe(true)
  })

  test('T057 sends nothing that nobody asked for', () => {
    const clock = new VirtualClock()
    const quiet = new MemoryNetwork({ clock })
    quiet.listen({ host: '10.0.0.1' })
    quiet.listen({ host: '10.0.0.1', protocol: 'tcp' })
    expect(clock.pending).toBe(0)
  })

  test('T006b closing fails what waits for a connection', async () => {
    const clock = new VirtualClock()
    const slow = new MemoryNetwork({ clock, delay: 1000 })
    const leg = slow.listen({ host: '10.0.0.1', protocol: 'tcp' })
    slow.listen({ host: '10.0.0.2', protocol: 'tcp' })
    const failed = failureOf(leg, optionsFrom('SIP/2.0/TCP x').toBytes(), targetAt('tcp', '10.0.0.2'))
    clock.advance(500)
    void leg.close()
    clock.runUntilIdle()
    expect((await failed).code).toBe('ERR_SIP_CLOSED')
  })

  test('has a name for people', () => {
    expect([udp.key, tcp.key]).toEqual(['udp:10.0.0.1:5060', 'tcp:[2001:db8::1]:5070'])
  })
})

/** A listener that is async and fails. */
const rejecting = (message: string) => (): void => Promise.reject(new Error(message)) as unknown as undefined

test('what a listener throws, or rejects with, is an error event of the leg; one for errors is asked once', async () => {
  const clock = new VirtualClock()
  const lan = new MemoryNetwork({ clock })
  const [near, far] = [lan.listen({ host: '10.0.0.1' }), lan.listen({ host: '10.0.0.2' })]
  const told: string[] = []
  far.on('message', rejecting('rejected'))
  far.on('message', () => {
    throw new Error('thrown')
  })
  far.on('message', () => void told.push('message'))
  far.on('error', (error) => void told.push(error.message))
  far.on('error', rejecting('again'))
  near.send(optionsFrom('SIP/2.0/UDP 10.0.0.1').toBytes(), targetAt('udp', far.local.host))
  await clock.advanceAsync(10)
  expect(told).toEqual(['thrown', 'message', 'rejected'])
})
