import { Dispatcher } from '@netsip/dispatcher'
import { type Context, Endpoint } from '@netsip/endpoint'
import type { SipRequest } from '@netsip/message'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Phone } from '../phone.ts'
import { PhoneLab } from '../testing/phones.ts'

const good = (version = 1): string =>
  [
    'v=0',
    `o=- 1 ${version} IN IP4 10.0.0.3`,
    's=-',
    'c=IN IP4 10.0.0.3',
    't=0 0',
    'm=audio 40000 RTP/AVP 0 8 101',
    'a=rtpmap:0 PCMU/8000',
    'a=rtpmap:101 telephone-event/8000',
    'a=fmtp:101 0-15',
    'a=ptime:20',
    'a=sendrecv',
    '',
  ].join('\r\n')

const VALUES = [
  '',
  '0',
  '-1',
  '99999999999',
  'audio 0 RTP/AVP 0',
  'audio 70000 RTP/AVP 0',
  'audio 40000 RTP/SAVP 0',
  'audio 40000 RTP/AVP',
  'audio 40000/99999 RTP/AVP 0 0 0 0',
  'video 40000 RTP/AVP 31',
  'IN IP4 0.0.0.0',
  'IN IP4 256.1.1.1',
  'IN IP6 ::1',
  'IN IP4 evil.example.com',
  'IN IP4 224.0.0.1/127',
  'rtpmap:0 PCMU/0',
  'rtpmap:0 PCMU/8000/99',
  'rtpmap:101 telephone-event/-8000',
  'fmtp:101 0-99999999999',
  'ptime:0',
  'ptime:-20',
  'ptime:100000',
  'maxptime:1',
  'inactive',
  'sendonly',
  'crypto:1 AES_CM_128_HMAC_SHA1_80 inline:short',
  'x'.repeat(20_000),
]

type Mutation = (text: string) => string

function onLine(at: number, change: (line: string) => string[]): Mutation {
  return (text) => {
    const lines = text.split('\r\n')
    return lines.flatMap((one, index) => (index === at % lines.length ? change(one) : [one])).join('\r\n')
  }
}

const at = fc.nat(12)
const value = fc.oneof(fc.constantFrom(...VALUES), fc.string({ maxLength: 30 }))
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  at.map((line) => onLine(line, () => [])),
  at.map((line) => onLine(line, (one) => [one, one])),
  fc.tuple(at, value).map(([line, given]) => onLine(line, (one) => [`${one.slice(0, 2)}${given}`])),
  fc.tuple(at, value).map(([line, given]) => onLine(line, (one) => [one, `a=${given}`])),
  fc.nat(250).map(
    (length): Mutation =>
      (text) =>
        text.slice(0, length),
  ),
  fc.tuple(fc.nat(250), fc.string({ maxLength: 20 })).map(([from, given]): Mutation => {
    return (text) => text.slice(0, from) + given + text.slice(from + given.length)
  }),
)

const mutated = fc
  .record({
    changes: fc.array(mutation, { minLength: 1, maxLength: 3 }),
    where: fc.constantFrom('offer', 'answer', 'late answer', 're-INVITE'),
  })
  .map(({ changes, where }) => ({ where, text: (text: string) => changes.reduce((one, change) => change(one), text) }))

const sdp = { 'Content-Type': 'application/sdp' }

/** A peer of a phone that says what the test wants. */
class Peer {
  readonly endpoint: Endpoint
  readonly statuses: number[] = []
  readonly #lab: PhoneLab
  /** The answer to the phone's next call. */
  #answer = good()

  constructor(lab: PhoneLab) {
    const { clock, random } = lab
    this.#lab = lab
    this.endpoint = new Endpoint(new Dispatcher({ legs: [lab.network.listen({ host: '10.0.0.3' })], clock, random }))
    this.endpoint.setApplication((endpoint: Endpoint, ctx: Context, request: SipRequest) => {
      if (request.method !== 'INVITE') return
      endpoint.newResponse(ctx, request.createResponse(200, { headers: sdp, body: this.#answer }))
    })
  }

  /** Calls the phone, in one of the ways, and ends whatever came of it. */
  async play(phone: Phone, where: string, change: Mutation): Promise<void> {
    if (where === 'answer') return this.#beCalled(phone, change)
    const offer = where === 'late answer' ? undefined : where === 'offer' ? change(good()) : good()
    const ctx = this.#invite({ from: 'sip:carol@10.0.0.3', to: 'sip:bob@10.0.0.2' }, offer)
    ctx.on('accepted', (_response, _dialog, ack) => {
      if (offer !== undefined) return
      ack.headers.set('Content-Type', 'application/sdp')
      ack.body = new TextEncoder().encode(change(good()))
    })
    await this.#outcome(ctx)
    if (where === 're-INVITE' && ctx.state === 'confirmed') await this.#outcome(this.#invite(ctx, change(good(2))))
    await this.#lab.clock.advanceAsync(100)
    await this.#lab.until(ctx.hangUp())
  }

  async #beCalled(phone: Phone, change: Mutation): Promise<void> {
    this.#answer = change(good())
    const call = phone.call('sip:carol@10.0.0.3')
    const settled = call.then(
      async (one) => {
        await this.#lab.until(one.answered.catch(() => undefined))
        await this.#lab.until(one.hangup().catch(() => undefined))
      },
      () => undefined,
    )
    await this.#lab.until(settled)
    this.#answer = good()
  }

  #invite(ctx: Parameters<Endpoint['invite']>[0], offer: string | undefined): Context {
    return this.endpoint.invite(ctx, undefined, offer, offer === undefined ? {} : { ...sdp })
  }

  async #outcome(ctx: Context): Promise<void> {
    const status = ctx.outcome.then(
      (outcome) => outcome.status,
      (error: unknown) => (error as { status?: number }).status ?? 0,
    )
    this.statuses.push((await this.#lab.until(status)) ?? 0)
  }
}

test('whatever a peer says of its sound is answered or refused, the next call is good, and nothing is left', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(mutated, { minLength: 1, maxLength: 6 }), async (list) => {
      const lab = new PhoneLab()
      const bob = await lab.phone('bob', '10.0.0.2')
      bob.on('call', (call) => void call.answer().catch(() => undefined))
      const peer = new Peer(lab)
      for (const { where, text } of list) await peer.play(bob, where, text)
      expect(peer.statuses.filter((status) => status >= 500)).toEqual([])
      await peer.play(bob, 'offer', (text) => text)
      expect(peer.statuses.at(-1)).toBe(200)
      const closed = peer.endpoint.close()
      expect(await lab.close()).toEqual({ timers: 0, packetSockets: 0 })
      await closed
    }),
    { numRuns: 60, seed: 9 },
  )
})
