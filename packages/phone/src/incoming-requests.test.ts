import { Dispatcher } from '@netsip/dispatcher'
import { Endpoint, type Context } from '@netsip/endpoint'
import { tone } from '@netsip/media'
import { SipRequest } from '@netsip/message'
import type { Leg } from '@netsip/transport'
import { expect, test } from 'vitest'
import type { Call } from './call/call.ts'
import { PhoneLab } from './testing/phones.ts'

const offer = (codec: string, port = 40_000, direction = 'sendrecv'): string =>
  [
    'v=0',
    'o=- 1 1 IN IP4 10.0.0.3',
    's=-',
    'c=IN IP4 10.0.0.3',
    't=0 0',
    `m=audio ${port} RTP/AVP ${codec}`,
    `a=${direction}`,
    '',
  ].join('\r\n')

const sdp = { 'Content-Type': 'application/sdp' }

interface Lab {
  lab: PhoneLab
  peer: Endpoint
  invite: (body?: string, headers?: object) => Context
  calls: Call[]
}

/** Bob's phone and, on the other side, an endpoint that says what the test wants. */
async function lab(take: (call: Call) => unknown = (call) => call.answer()): Promise<Lab> {
  const all = new PhoneLab()
  const bob = await all.phone('bob', '10.0.0.2')
  const calls: Call[] = []
  bob.on('call', (call) => {
    calls.push(call)
    return take(call)
  })
  const { clock, random } = all
  const dispatcher = new Dispatcher({ legs: [all.network.listen({ host: '10.0.0.3' })], clock, random })
  const peer = new Endpoint(dispatcher)
  const invite = (body?: string, headers: object = sdp): Context =>
    peer.invite(
      { from: 'sip:carol@10.0.0.3', to: 'sip:bob@10.0.0.2' },
      undefined,
      body,
      body === undefined ? {} : { ...headers },
    )
  return { lab: all, peer, invite, calls }
}

test('D082 a description nobody can read, or of another kind, is refused', async () => {
  const { lab: net, invite } = await lab()
  await expect(net.until(invite(offer('9')).outcome)).rejects.toMatchObject({ status: 488 })
  await expect(net.until(invite('hello').outcome)).rejects.toMatchObject({ status: 488 })
  const text = { 'Content-Type': 'text/plain' }
  await expect(net.until(invite('hello', text).outcome)).rejects.toMatchObject({ status: 415 })
  expect((await net.close()).packetSockets).toBe(0)
})

test('D184 an INVITE without an offer gets ours in the 200, and the answer comes in the ACK', async () => {
  const { lab: net, invite, calls } = await lab()
  const ctx = invite()
  ctx.on('accepted', (response, _, ack) => {
    expect(response.text).toContain('m=audio')
    ack.headers.set('Content-Type', 'application/sdp')
    ack.body = new TextEncoder().encode(offer('8'))
  })
  await net.until(ctx.outcome)
  await net.until(calls[0]!.answered)
  expect(calls[0]!.codec).toBe('PCMA')
  await net.close()
})

test('D185 without an answer in the ACK the call is hung up', async () => {
  const { lab: net, invite, calls } = await lab()
  const ctx = invite()
  await net.until(ctx.outcome)
  expect(await net.until(calls[0]!.ended)).toMatchObject({ by: 'error' })
  expect(ctx.dialogs).toEqual([])
  await net.close()
})

test('D148 a re-INVITE changes the sound; one that cannot be had is refused and changes nothing', async () => {
  const { lab: net, peer, invite, calls } = await lab()
  const ctx = invite(offer('0'))
  await net.until(ctx.outcome)
  await net.until(calls[0]!.answered)
  peer.invite(ctx, undefined, offer('8', 40_000, 'sendonly').replace('o=- 1 1', 'o=- 1 2'), sdp)
  const { response } = await net.until(ctx.outcome)
  expect(response.text).toMatch(/a=recvonly/)
  expect(calls[0]!.codec).toBe('PCMA')
  peer.invite(ctx, undefined, offer('9').replace('o=- 1 1', 'o=- 1 3'), sdp)
  await expect(net.until(ctx.outcome)).rejects.toMatchObject({ status: 488 })
  expect(calls[0]!.state).toBe('answered')
  await net.close()
})

test.each([
  ['udp', 'no sound before the ACK, as its source may be forged', 0],
  ['tcp', 'sound from the answer on', 150],
] as const)('an INVITE over %s gets %s', async (protocol, _, packets) => {
  const net = new PhoneLab()
  const bob = await net.phone('bob', '10.0.0.2', protocol === 'udp' ? {} : { legs: [tcpLeg(net, '10.0.0.2')] })
  bob.on('call', (call) => call.answer({ source: tone(440) }))
  const leg = protocol === 'udp' ? net.network.listen({ host: '10.0.0.3' }) : tcpLeg(net, '10.0.0.3')
  const invite = new SipRequest({
    method: 'INVITE',
    uri: 'sip:bob@10.0.0.2',
    headers: {
      From: '<sip:carol@10.0.0.3>;tag=c',
      To: '<sip:bob@10.0.0.2>',
      'Call-ID': 'flood',
      CSeq: '1 INVITE',
      Contact: '<sip:carol@10.0.0.3>',
      'Max-Forwards': '70',
      ...sdp,
    },
    body: offer('0'),
  })
  invite.pushVia(leg.via('z9hG4bKflood'))
  leg.send(invite.toBytes(), { protocol, addr: '10.0.0.2', port: 5060, family: 'IPv4' })
  await net.clock.advanceAsync(3000)
  expect(bob.calls[0]?.state).toBe('ringing')
  expect(bob.calls[0]?.stats().sent).toBe(packets)
  await net.close()
})

function tcpLeg({ network }: PhoneLab, host: string): Leg {
  return network.listen({ protocol: 'tcp', host })
}

test('a caller that insists on reliable ringing acknowledges it by PRACK', async () => {
  const { lab: net, invite, calls } = await lab((call) => call.ring())
  const ctx = invite(offer('0'), { ...sdp, Require: '100rel' })
  const rang = new Promise<string | undefined>((resolve) => {
    ctx.on('progress', (response, _, prack) => resolve(prack && response.headers.get('RSeq')))
  })
  expect(Number(await net.until(rang))).toBeGreaterThan(0)
  await net.clock.advanceAsync(1000)
  const said = net.network.ladder.events.map(({ bytes }) => new TextDecoder().decode(bytes))
  expect(said.find((text) => /^CSeq: \d+ PRACK/m.test(text) && text.startsWith('SIP'))).toMatch(/^SIP\/2.0 200 /)
  const call = calls[0]!
  void call.answer()
  await net.until(call.answered)
  await net.until(call.hangup())
  await net.close()
})

test('an UPDATE changes the sound as a re-INVITE does; one without a description only refreshes', async () => {
  const { lab: net, peer, invite, calls } = await lab()
  const ctx = invite(offer('0'))
  await net.until(ctx.outcome)
  await net.until(calls[0]!.answered)
  peer.newRequest('UPDATE', ctx)
  expect((await net.until(ctx.outcome)).response.body).toHaveLength(0)
  peer.newRequest('UPDATE', ctx, undefined, offer('8', 40_000, 'sendonly').replace('o=- 1 1', 'o=- 1 2'), sdp)
  expect((await net.until(ctx.outcome)).response.text).toMatch(/a=recvonly/)
  expect(calls[0]!.codec).toBe('PCMA')
  peer.newRequest('UPDATE', ctx, undefined, 'hello', { 'Content-Type': 'text/plain' })
  await expect(net.until(ctx.outcome)).rejects.toMatchObject({ status: 415 })
  peer.newRequest('UPDATE', ctx, undefined, offer('9').replace('o=- 1 1', 'o=- 1 3'), sdp)
  await expect(net.until(ctx.outcome)).rejects.toMatchObject({ status: 488 })
  await net.close()
})

test('A086 digits by INFO, in both spellings', async () => {
  const { lab: net, peer, invite, calls } = await lab()
  const ctx = invite(offer('0'))
  await net.until(ctx.outcome)
  await net.until(calls[0]!.answered)
  const heard: unknown[] = []
  calls[0]!.on('dtmf', (event) => void heard.push(event))
  const info = (type: string, body: string): Promise<unknown> => {
    peer.newRequest('INFO', ctx, undefined, body, { 'Content-Type': type })
    return net.until(ctx.outcome)
  }
  await info('application/dtmf-relay', 'Signal=5\r\nDuration=160\r\n')
  await info('application/dtmf', '#')
  await info('application/dtmf-relay', 'Signal=11\nDuration=99999')
  expect(heard).toEqual([
    { digit: '5', durationMs: 160, via: 'info' },
    { digit: '#', durationMs: 160, via: 'info' },
    { digit: '#', durationMs: 10_000, via: 'info' },
  ])
  await expect(info('application/dtmf-relay', 'Signal=99')).rejects.toMatchObject({ status: 415 })
  await net.close()
})

test('D078 a request of a method the phone has not is refused with what it has', async () => {
  const { lab: net, peer } = await lab()
  const ask = (method: string): Promise<unknown> =>
    net.until(peer.newRequest(method, { from: 'sip:carol@10.0.0.3', to: 'sip:bob@10.0.0.2' }).outcome)
  await expect(ask('SUBSCRIBE')).rejects.toMatchObject({ status: 405 })
  await expect(ask('FROBNICATE')).rejects.toMatchObject({ status: 501 })
  await net.close()
})
