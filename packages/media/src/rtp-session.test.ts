import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { echo } from './audio/echo.ts'
import type { AudioSource } from './audio/source.ts'
import { tone } from './audio/tone.ts'
import { ToneDetector } from './audio/tone-detector.ts'
import { MediaError } from './errors.ts'
import { closePair, makePair, negotiate, runningPair } from './testing/pair.ts'
import { decodeRtcp } from './rtcp/decode.ts'
import { decodeRtp, encodeRtp } from './rtp/packet.ts'
import { RtpSession } from './rtp-session.ts'

function frames(): { written: Int16Array[]; write(frame: Int16Array): void } {
  const written: Int16Array[] = []
  return { written, write: (frame) => void written.push(frame) }
}

function fail(): never {
  throw new Error('mine')
}

describe('a call of three seconds to an echo', () => {
  test('A130 gives 150 packets out and 150 back, none lost, and the tone with its energy', async () => {
    const pair = await runningPair({ alice: { idle: 'quiet' } })
    const { clock, alice, bob } = pair
    const mirror = echo()
    bob.setSource(mirror)
    bob.addSink(mirror)
    const detector = new ToneDetector(440)
    alice.addSink(detector)
    alice.setSource(tone(440, { durationMs: 3000 }))
    clock.advance(4000)
    expect(alice.stats()).toMatchObject({ codec: 'PCMU', sent: 150, received: 150, lost: 0, late: 0, duplicates: 0 })
    expect(bob.stats()).toMatchObject({ received: 150, lost: 0 })
    expect(detector.present).toBe(true)
    expect(detector.share).toBeGreaterThan(0.99)
    await closePair(pair)
    // what is on its way still arrives
    clock.advance(5)
    expect(clock.pending).toBe(0)
    expect(pair.network.size).toBe(0)
  })

  test('D180 what arrives before start is taken up then, so that nothing is lost', async () => {
    const pair = makePair({ alice: { idle: 'quiet' } })
    const { clock, alice, bob } = pair
    await negotiate(alice, bob)
    const mirror = echo()
    bob.setSource(mirror)
    bob.addSink(mirror)
    alice.setSource(tone(440, { durationMs: 1000 }))
    alice.start()
    clock.advance(100)
    bob.start()
    clock.advance(1500)
    expect(alice.stats()).toMatchObject({ sent: 50, received: 50, lost: 0 })
    await closePair(pair)
  })
})

describe('sending', () => {
  test('A042 sends one packet every 20 ms, without drift over a minute', async () => {
    const pair = await runningPair()
    pair.clock.advance(60_000)
    expect(pair.alice.stats().sent).toBe(3001)
    expect(pair.bob.stats()).toMatchObject({ received: 3000, lost: 0, jitterMs: 0 })
    await closePair(pair)
  })

  test('A031 sends nothing before the answer, and nothing after close', async () => {
    const pair = makePair()
    const offer = await pair.alice.createOffer()
    expect(() => pair.alice.start()).toThrow(expect.objectContaining({ code: 'ERR_MEDIA_STATE' }))
    pair.alice.acceptAnswer(await pair.bob.acceptOffer(offer))
    pair.alice.start()
    pair.clock.advance(100)
    expect(pair.alice.stats().sent).toBe(6)
    await pair.alice.close()
    pair.clock.advance(100)
    expect(pair.alice.stats().sent).toBe(6)
    await pair.bob.close()
  })

  test('A017 packs as much audio as the peer asks for', async () => {
    const pair = await runningPair({ bob: { ptime: 30 } })
    const heard = frames()
    pair.bob.addSink(heard)
    pair.alice.setSource(tone(440))
    pair.clock.advance(3000)
    expect(pair.alice.stats().sent).toBe(101)
    expect(pair.alice.stats().sentBytes).toBe(101 * 240)
    expect(heard.written.every((frame) => frame.length === 160)).toBe(true)
    await closePair(pair)
  })

  test('a source that ends is told, and silence follows', async () => {
    const pair = await runningPair()
    const ended: AudioSource[] = []
    const source = tone(440, { durationMs: 100 })
    pair.alice.on('sourceEnd', (each) => ended.push(each))
    pair.alice.setSource(source)
    pair.clock.advance(1000)
    expect(ended).toEqual([source])
    expect(pair.alice.stats().sent).toBe(51)
    await closePair(pair)
  })

  test('a source set in place of one that ended goes on without a gap, also when it has nothing to say', async () => {
    const pair = await runningPair({ alice: { idle: 'quiet' } })
    const next = [tone(440, { durationMs: 100 }), tone(440, { durationMs: 0 })]
    pair.alice.on('sourceEnd', () => pair.alice.setSource(next.shift() ?? tone(440, { durationMs: 0 })))
    pair.alice.setSource(tone(440, { durationMs: 100 }))
    pair.clock.advance(205)
    expect(pair.bob.stats()).toMatchObject({ received: 10, lost: 0 })
    pair.clock.advance(1000)
    expect(pair.bob.stats()).toMatchObject({ received: 10, lost: 0 })
    await closePair(pair)
  })

  test('a source, sink or listener that throws is reported, and the stream goes on', async () => {
    const pair = await runningPair()
    const errors: MediaError[] = []
    pair.alice.on('error', (error) => errors.push(error))
    pair.alice.on('sourceEnd', fail)
    pair.alice.addSink({ write: fail })
    pair.alice.setSource({ read: fail })
    pair.clock.advance(1000)
    expect(errors.map(({ code }) => code)).toEqual(Array.from({ length: 3 }, () => 'ERR_MEDIA_APPLICATION'))
    expect(pair.alice.stats()).toMatchObject({ sent: 51, received: 50 })
    await closePair(pair)
  })
})

describe('receiving', () => {
  test('A057 A058 A062 plays a frame every 20 ms whatever is lost, late, doubled or out of order', async () => {
    const pair = await runningPair({ network: { loss: 0.1, duplicate: 0.1, jitterMs: 50 } })
    const heard = frames()
    pair.bob.addSink(heard)
    pair.alice.setSource(tone(440))
    pair.clock.advance(10_000)
    const { received, lost, duplicates, reordered, jitterMs, concealed } = pair.bob.stats()
    const { sent } = pair.alice.stats()
    expect(lost).toBeGreaterThan(20)
    expect(received + lost).toBeLessThanOrEqual(sent)
    expect(received + lost).toBeGreaterThan(sent - 5)
    expect(duplicates).toBeGreaterThan(20)
    expect(reordered).toBeGreaterThan(20)
    expect(jitterMs).toBeGreaterThan(5)
    expect(concealed).toBeGreaterThanOrEqual(lost - 5)
    expect(heard.written.length).toBeGreaterThan(490)
    expect(heard.written.length).toBeLessThanOrEqual(500)
    await closePair(pair)
  })

  test('A033 counts and ignores what is no RTP, whatever the bytes', async () => {
    const pair = await runningPair()
    // The peer is heard before anybody else: until then the first who sends would be believed.
    pair.clock.advance(40)
    const stranger = pair.network.bind('192.0.2.66')
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64, size: 'max' }), fc.boolean(), (bytes, looksLikeRtp) => {
        const data = bytes.slice()
        if (looksLikeRtp && data.length > 0) data[0] = 0x80 | (data[0]! & 0x3f)
        stranger.send(data, pair.alice.remote ? { address: '192.0.2.1', port: 30000 } : stranger.local)
        pair.clock.advance(20)
      }),
    )
    const { sent, received, lost } = pair.alice.stats()
    expect(received).toBe(sent - 1)
    expect(lost).toBe(0)
    expect(pair.alice.stats().discarded).toBe(100)
    await closePair(pair)
  })

  test('A033 garbage from the peer itself does not stop the stream either', async () => {
    const pair = await runningPair()
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 12, maxLength: 200 }),
        fc.constantFrom(0, 8, 13, 101, 77),
        (bytes, type) => {
          const data = bytes.slice()
          data[0] = 0x80
          data[1] = type
          const from = { address: '192.0.2.2', port: 30002 }
          pair.network.inject(data, from, { address: '192.0.2.1', port: 30000 })
          pair.clock.advance(20)
        },
      ),
    )
    expect(pair.alice.stats().received).toBeGreaterThanOrEqual(100)
    expect(pair.alice.stats().sent).toBeGreaterThanOrEqual(100)
    await closePair(pair)
  })

  test('A039 another SSRC takes over once two packets confirm it', async () => {
    const pair = await runningPair()
    pair.clock.advance(1000)
    const before = pair.alice.stats().received
    const from = { address: '192.0.2.2', port: 30002 }
    for (let sequence = 9; sequence < 14; sequence++) {
      const packet = { marker: false, payloadType: 0, sequence, timestamp: sequence * 160, ssrc: 77 }
      const data = encodeRtp({ ...packet, payload: new Uint8Array(160) })
      pair.network.inject(data, from, { address: '192.0.2.1', port: 30000 })
    }
    pair.clock.advance(6)
    // one more is bob's own, which was on its way
    expect(pair.alice.stats().received).toBe(before + 6)
    await closePair(pair)
  })

  test('A039b a peer that uses our SSRC makes us take another one, with BYE for the old one', async () => {
    const pair = await runningPair()
    pair.clock.advance(100)
    const seen: number[] = []
    const byes: number[] = []
    const address = { address: '192.0.2.1', port: 30000 }
    const reflect = (bytes: Uint8Array): void => {
      const packet = decodeRtp(bytes)
      if (typeof packet === 'string') return
      seen.push(packet.ssrc)
      // a reflector at packet level, as sipp has one
      pair.network.inject(bytes, { address: '192.0.2.2', port: 30002 }, address)
    }
    pair.network.tap = (bytes, _from, to) => {
      if (to.port === 30002) reflect(bytes)
      if (to.port === 30003)
        for (const each of decodeRtcp(bytes) ?? []) if (each.type === 'bye') byes.push(...each.ssrcs)
    }
    await pair.bob.close()
    byes.length = 0
    pair.clock.advance(1000)
    expect(new Set(seen).size).toBe(2)
    expect(byes).toEqual([seen[0]])
    expect(pair.alice.stats().received).toBeGreaterThan(50)
    await pair.alice.close()
  })

  test('A030 a stranger is not heard once the peer was, unless it carries on the SSRC', async () => {
    const pair = await runningPair()
    pair.clock.advance(100)
    const stranger = pair.network.bind('192.0.2.66')
    const packet = {
      marker: false,
      payloadType: 0,
      sequence: 1,
      timestamp: 160,
      ssrc: 666,
      payload: new Uint8Array(160),
    }
    stranger.send(encodeRtp(packet), { address: '192.0.2.1', port: 30000 })
    pair.clock.advance(10)
    expect(pair.alice.stats().discarded).toBe(1)
    await closePair(pair)
  })

  test('A053 inactive and held streams neither send nor play', async () => {
    const pair = await runningPair()
    pair.clock.advance(100)
    pair.alice.direction = 'inactive'
    await negotiate(pair.alice, pair.bob)
    expect([pair.alice.activeDirection, pair.bob.activeDirection]).toEqual(['inactive', 'inactive'])
    const { sent } = pair.alice.stats()
    pair.clock.advance(1000)
    expect(pair.alice.stats().sent).toBe(sent)
    await closePair(pair)
  })
})

describe('hold', () => {
  test('A126 D182 D182d resumes with audio and DTMF on the same sockets', async () => {
    const pair = await runningPair()
    const { clock, alice, bob } = pair
    const digits: string[] = []
    bob.on('dtmf', ({ digit }) => digits.push(digit))
    clock.advance(100)
    alice.direction = 'sendonly'
    const hold = await negotiate(alice, bob)
    expect(hold.offer).toContain('a=sendonly')
    expect(hold.answer).toContain('a=recvonly')
    const before = bob.stats().sent
    clock.advance(1000)
    expect(bob.stats().sent).toBe(before)
    alice.direction = 'sendrecv'
    await negotiate(alice, bob)
    const sending = alice.sendDtmf('5')
    await clock.advanceAsync(1000)
    await sending
    expect(bob.stats().sent).toBe(before + 50)
    expect(digits).toEqual(['5'])
    expect(alice.stats().lost).toBe(0)
    await closePair(pair)
  })
})

describe('DTMF', () => {
  test('A075 A079 sends digits one after the other and the peer hears each once', async () => {
    const pair = await runningPair()
    const heard: unknown[] = []
    pair.bob.on('dtmf', (event) => heard.push(event))
    const sending = pair.alice.sendDtmf('42#', { durationMs: 80, gapMs: 60 })
    await pair.clock.advanceAsync(1000)
    await sending
    expect(heard).toEqual(['4', '2', '#'].map((digit) => ({ digit, durationMs: 80, via: 'rtp' })))
    // 4 updates and two repeated ends a digit, and 29 packets of silence after three digits of 140 ms
    expect(pair.alice.stats()).toMatchObject({ sent: 1 + 3 * 6 + 29 })
    expect(pair.bob.stats().lost).toBe(0)
    await closePair(pair)
  })

  test('A081 each digit once, under loss, duplication and reordering', async () => {
    const pair = await runningPair({ network: { loss: 0.25, duplicate: 0.2, jitterMs: 30 } })
    const heard: string[] = []
    pair.bob.on('dtmf', ({ digit }) => heard.push(digit))
    const digits = '0123456789*#ABCD'
    const sending = pair.alice.sendDtmf(digits, { durationMs: 200, gapMs: 100 })
    await pair.clock.advanceAsync(8000)
    await sending
    expect(heard.join('')).toBe(digits)
    await closePair(pair)
  })

  test('A084 is refused when the peer did not agree to it, and for what is no digit', async () => {
    const pair = makePair()
    const offer = await pair.alice.createOffer()
    await pair.bob.acceptOffer(offer.replace(' 101', ''))
    await expect(pair.bob.sendDtmf('1')).rejects.toMatchObject({ code: 'ERR_MEDIA_STATE' })
    pair.bob.start()
    await expect(pair.bob.sendDtmf('1')).rejects.toMatchObject({ code: 'ERR_MEDIA_DTMF' })
    await closePair(pair)
    const other = await runningPair()
    await expect(other.bob.sendDtmf('1x')).rejects.toMatchObject({ code: 'ERR_MEDIA_ARGUMENT' })
    await closePair(other)
  })

  test('what is still to be sent at close is rejected', async () => {
    const pair = await runningPair()
    const sending = pair.alice.sendDtmf('1')
    const result = sending.catch((error: unknown) => error)
    await closePair(pair)
    expect(await result).toMatchObject({ code: 'ERR_MEDIA_CLOSED' })
  })
})

describe('life', () => {
  test('A027 A128 close is final, frees the sockets, ends the sinks and may be called twice', async () => {
    const pair = await runningPair()
    let ended = 0
    let closed = 0
    pair.alice.addSink({ write: () => undefined, end: () => ended++ })
    pair.alice.on('close', () => closed++)
    pair.clock.advance(50)
    await Promise.all([pair.alice.close(), pair.alice.close()])
    await expect(pair.alice.createOffer()).rejects.toMatchObject({ code: 'ERR_MEDIA_CLOSED' })
    expect(() => pair.alice.start()).toThrow(MediaError)
    expect([ended, closed]).toEqual([1, 1])
    await pair.bob.close()
    expect(pair.network.size).toBe(0)
    pair.clock.advance(5)
    expect(pair.clock.pending).toBe(0)
  })

  test('A043 a socket that fails is counted and told, and sending goes on', async () => {
    const pair = makePair()
    const sockets = pair.network.bindPair('192.0.2.3')
    sockets.rtp.send = () => sockets.rtp.onError?.(new Error('send ECONNREFUSED'))
    const broken = new RtpSession({ clock: pair.clock, sockets })
    const codes: string[] = []
    broken.on('error', ({ code }) => codes.push(code))
    await negotiate(broken, pair.bob)
    broken.start()
    pair.clock.advance(40)
    expect(broken.stats()).toMatchObject({ sent: 3, sendErrors: 3 })
    expect(codes).toEqual(['ERR_MEDIA_SOCKET'])
    pair.clock.advance(10_000)
    expect(codes).toHaveLength(3)
    await broken.close()
    await closePair(pair)
  })

  test('A129 silence of the peer is told once, and not on hold; it never ends the session', async () => {
    const pair = await runningPair({ bob: { idle: 'quiet' } })
    const told: number[] = []
    pair.alice.on('inactivity', (ms) => told.push(ms))
    pair.clock.advance(29_900)
    expect(told).toEqual([])
    pair.clock.advance(30_200)
    expect(told).toEqual([30_000])
    pair.bob.setSource(tone(440, { durationMs: 20 }))
    pair.clock.advance(30_100)
    expect(told).toHaveLength(2)
    pair.alice.direction = 'inactive'
    await negotiate(pair.alice, pair.bob)
    pair.clock.advance(100_000)
    expect(told).toHaveLength(2)
    await closePair(pair)
  })

  test('A022 an address of all zeros is never offered', () => {
    const { network, clock } = makePair()
    const make = async (): Promise<unknown> => {
      return new RtpSession({ clock, sockets: network.bindPair('0.0.0.0') })
    }
    return expect(make()).rejects.toMatchObject({ code: 'ERR_MEDIA_ARGUMENT' })
  })
})

describe('RTCP', () => {
  test('A049 A052 A056 goes over the port next to RTP, measures the round trip, and says BYE at the end', async () => {
    const pair = await runningPair({ network: { loss: 0.05 } })
    const byes: number[] = []
    pair.network.tap = (bytes, _from, to) => {
      if (to.port % 2 === 1) for (const each of decodeRtcp(bytes) ?? []) if (each.type === 'bye') byes.push(to.port)
    }
    pair.clock.advance(30_000)
    const { rttMs, remoteLost, discarded } = pair.alice.stats()
    expect(rttMs).toBeCloseTo(10, 0)
    expect(remoteLost).toBeGreaterThan(10)
    expect(discarded).toBe(0)
    await closePair(pair)
    expect(new Set(byes)).toEqual(new Set([30001, 30003]))
    expect(byes).toHaveLength(2)
  })

  test('A054 garbage on its port is counted and ignored', async () => {
    const pair = await runningPair()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60, size: 'max' }), (bytes) => {
        pair.network.inject(bytes, { address: '192.0.2.2', port: 30003 }, { address: '192.0.2.1', port: 30001 })
        pair.clock.advance(5)
      }),
    )
    expect(pair.alice.stats().discarded).toBeGreaterThan(90)
    await closePair(pair)
  })
})
