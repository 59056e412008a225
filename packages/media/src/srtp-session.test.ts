import { SeededRandom } from '@netsip/runtime/testing'
import { describe, expect, test } from 'vitest'
import { tone } from './audio/tone.ts'
import { ToneDetector } from './audio/tone-detector.ts'
import { closePair, makePair, negotiate, runningPair, type Pair } from './testing/pair.ts'
import { nodeSrtpCrypto as crypto } from './node/srtp-crypto.ts'
import { encodeRtp } from './rtp/packet.ts'
import { RtpSession } from './rtp-session.ts'

const sdes = { srtp: 'sdes', crypto } as const
const both = { alice: sdes, bob: sdes }

function keysIn(sdp: string): string[] {
  return [...sdp.matchAll(/^a=crypto:(.*)\r$/gm)].map((match) => match[1]!)
}

function sizesOnTheWire({ network }: Pair): Set<string> {
  const seen = new Set<string>()
  network.tap = (bytes, _from, to) => {
    if (to.port % 2 === 0)
      seen.add(`${bytes.length} ${new Set(bytes.subarray(12, 172)).size > 20 ? 'sealed' : 'plain'}`)
  }
  return seen
}

test('A100 A102 A105 audio, digits and reports go sealed, both ways, and nothing is lost', async () => {
  const pair = makePair(both)
  const { offer, answer } = await negotiate(pair.alice, pair.bob)
  expect(offer).toContain('RTP/SAVP')
  expect(keysIn(offer).map((line) => line.split(' ', 2).join(' '))).toEqual([
    '1 AES_CM_128_HMAC_SHA1_80',
    '2 AES_256_CM_HMAC_SHA1_80',
    '3 AES_CM_128_HMAC_SHA1_32',
  ])
  expect(keysIn(answer)).toEqual([expect.stringMatching(/^1 AES_CM_128_HMAC_SHA1_80 inline:/)])
  expect(keysIn(answer)[0]).not.toBe(keysIn(offer)[0])
  const seen = sizesOnTheWire(pair)
  const detector = new ToneDetector(440)
  const digits: string[] = []
  pair.bob.addSink(detector)
  pair.bob.on('dtmf', ({ digit }) => digits.push(digit))
  pair.alice.setSource(tone(440))
  pair.alice.start()
  pair.bob.start()
  pair.clock.advance(20_000)
  expect(seen).toEqual(new Set(['182 sealed']))
  expect(detector.share).toBeGreaterThan(0.99)
  const sending = pair.alice.sendDtmf('42#')
  await pair.clock.advanceAsync(1000)
  await sending
  expect(digits).toEqual(['4', '2', '#'])
  expect(pair.bob.stats()).toMatchObject({ lost: 0, discarded: 0 })
  expect(pair.alice.stats().rttMs).toBeCloseTo(10, 0)
  await closePair(pair)
})

test('A105b A105d the answer takes the first suite that it knows, with the tag of the offer', async () => {
  const pair = makePair(both)
  const offer = (await pair.alice.createOffer()).replace('crypto:1 AES_CM_128_HMAC_SHA1_80', 'crypto:1 F8_UNKNOWN')
  const answer = await pair.bob.acceptOffer(offer)
  expect(keysIn(answer)).toEqual([expect.stringMatching(/^2 AES_256_CM_HMAC_SHA1_80 inline:/)])
  const wrong = answer.replace('crypto:2 ', 'crypto:3 ')
  expect(() => pair.alice.acceptAnswer(wrong)).toThrow(expect.objectContaining({ code: 'ERR_MEDIA_NO_CODEC' }))
  await closePair(pair)
})

describe('what is not sealed as agreed', () => {
  test('A104h A105c A107 SRTP and plain RTP refuse each other, and say so', async () => {
    for (const options of [{ alice: sdes }, { bob: sdes }]) {
      const pair = makePair(options)
      const answered = pair.bob.acceptOffer(await pair.alice.createOffer())
      await expect(answered).rejects.toMatchObject({ code: 'ERR_MEDIA_NO_CODEC' })
      await expect(answered).rejects.toThrow(/RTP\/S?AVP is not supported/)
      await closePair(pair)
    }
    const pair = makePair(both)
    const without = (await pair.alice.createOffer()).replaceAll(/a=crypto:.*\r\n/g, '')
    await expect(pair.bob.acceptOffer(without)).rejects.toThrow('no crypto suite in common')
    await closePair(pair)
  })

  test('A104g a key at the level of the session does not count', async () => {
    const pair = makePair(both)
    const offer = await pair.alice.createOffer()
    const [line] = keysIn(offer)
    const moved = offer.replaceAll(/a=crypto:.*\r\n/g, '').replace('t=0 0\r\n', `t=0 0\r\na=crypto:${line}\r\n`)
    await expect(pair.bob.acceptOffer(moved)).rejects.toMatchObject({ code: 'ERR_MEDIA_NO_CODEC' })
    await closePair(pair)
  })

  test('A104f a tag that comes twice names neither line', async () => {
    const pair = makePair(both)
    const offer = (await pair.alice.createOffer()).replace('crypto:2 ', 'crypto:1 ')
    expect(keysIn(await pair.bob.acceptOffer(offer))).toEqual([expect.stringMatching(/^3 /)])
    await closePair(pair)
  })

  test('A029c A101b a plain or a forged packet is dropped, and does not move the stream', async () => {
    const pair = await runningPair(both)
    pair.clock.advance(1000)
    const { received } = pair.alice.stats()
    const packet = { marker: false, payloadType: 0, sequence: 1, timestamp: 1, ssrc: 1, payload: new Uint8Array(170) }
    const to = { address: '192.0.2.1', port: 30000 }
    for (const from of [
      { address: '192.0.2.2', port: 30002 },
      { address: '192.0.2.66', port: 1 },
    ]) {
      pair.network.inject(encodeRtp(packet), from, to)
      pair.network.inject(new Uint8Array(40), from, { ...to, port: 30001 })
    }
    pair.clock.advance(1000)
    expect(pair.alice.stats()).toMatchObject({ received: received + 50, discarded: 4, lost: 0 })
    await closePair(pair)
  })

  test('A096 without something to compute it with it is refused', () => {
    const { network, clock } = makePair()
    const make = (): RtpSession => new RtpSession({ clock, srtp: 'sdes', sockets: network.bindPair('192.0.2.9') })
    expect(make).toThrow(expect.objectContaining({ code: 'ERR_MEDIA_ARGUMENT' }))
  })
})

test('A106 A106b hold and resume keep the keys, and the stream goes on where it was', async () => {
  const pair = makePair(both)
  const first = await negotiate(pair.alice, pair.bob)
  pair.alice.start()
  pair.bob.start()
  pair.clock.advance(1000)
  pair.alice.direction = 'sendonly'
  const hold = await negotiate(pair.alice, pair.bob)
  pair.clock.advance(1000)
  pair.alice.direction = 'sendrecv'
  await negotiate(pair.alice, pair.bob)
  pair.clock.advance(1000)
  expect(keysIn(hold.offer)).toEqual(keysIn(first.offer))
  expect(keysIn(hold.answer)).toEqual(keysIn(first.answer))
  expect(pair.bob.stats()).toMatchObject({ lost: 0, discarded: 0 })
  expect(pair.alice.stats()).toMatchObject({ lost: 0, discarded: 0 })
  await closePair(pair)
})

test('A106c no key is in what is told or counted', async () => {
  const pair = makePair({ alice: { ...sdes, random: new SeededRandom(1) }, bob: sdes })
  const { offer } = await negotiate(pair.alice, pair.bob)
  pair.alice.start()
  pair.clock.advance(1000)
  const shown = JSON.stringify([pair.alice, pair.alice.stats(), pair.alice.remote])
  for (const line of keysIn(offer)) expect(shown).not.toContain(line.split('inline:')[1])
  await closePair(pair)
})
