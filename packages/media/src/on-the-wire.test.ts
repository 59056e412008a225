import { describe, expect, test } from 'vitest'
import { tone } from './audio/tone.ts'
import { closePair, makePair, negotiate, runningPair, type Pair } from './testing/pair.ts'
import { PCMA } from './codecs.ts'
import { decodeRtp, encodeRtp, type RtpPacket } from './rtp/packet.ts'

const alicePort = 30000
const bobPort = 30002

/** Every RTP packet that alice sends from now on, with the time it was sent. */
function tap({ network, clock }: Pair): (RtpPacket & { at: number })[] {
  const packets: (RtpPacket & { at: number })[] = []
  network.tap = (bytes, from) => {
    const packet = decodeRtp(bytes)
    if (from.port === alicePort && typeof packet !== 'string') packets.push({ ...packet, at: clock.monotonic() })
  }
  return packets
}

function gaps(packets: readonly RtpPacket[]): number[] {
  return packets.slice(1).map((packet, i) => (packet.timestamp - packets[i]!.timestamp) >>> 0)
}

describe('packets on the wire', () => {
  test('A035 A035b A036 one sequence number a packet, timestamps with the clock also over a pause, marker after it', async () => {
    const pair = makePair({ alice: { idle: 'quiet' } })
    await negotiate(pair.alice, pair.bob)
    const sent = tap(pair)
    pair.alice.setSource(tone(440, { durationMs: 60 }))
    pair.alice.start()
    pair.clock.advance(1000)
    pair.alice.setSource(tone(440, { durationMs: 60 }))
    pair.clock.advance(1000)
    expect(sent.map(({ marker }) => marker)).toEqual([true, false, false, true, false, false])
    expect(sent.map(({ sequence }) => (sequence - sent[0]!.sequence) & 0xffff)).toEqual([0, 1, 2, 3, 4, 5])
    for (const packet of sent) expect((packet.timestamp - sent[0]!.timestamp) >>> 0).toBe((packet.at - sent[0]!.at) * 8)
    expect(sent.every(({ payloadType, payload }) => payloadType === 0 && payload.length === 160)).toBe(true)
    await closePair(pair)
  })

  test('A061 A076b A080 digits take the place of audio, whose timestamps go on, and nobody counts a loss', async () => {
    const pair = await runningPair()
    pair.alice.setSource(tone(440))
    const sent = tap(pair)
    pair.clock.advance(100)
    const sending = pair.alice.sendDtmf('1', { durationMs: 100, gapMs: 60 })
    await pair.clock.advanceAsync(500)
    await sending
    const audio = sent.filter(({ payloadType }) => payloadType === 0)
    const events = sent.filter(({ payloadType }) => payloadType === 101)
    expect(events).toHaveLength(7)
    expect(new Set(events.map(({ timestamp }) => timestamp)).size).toBe(1)
    expect(sent.map(({ sequence }) => (sequence - sent[0]!.sequence) & 0xffff)).toEqual([...sent.keys()])
    for (const packet of audio)
      expect((packet.timestamp - audio[0]!.timestamp) >>> 0).toBe((packet.at - audio[0]!.at) * 8)
    // eight packets' time: 100 ms of tone and 60 ms of gap
    expect(gaps(audio).filter((gap) => gap !== 160)).toEqual([9 * 160])
    expect(pair.bob.stats()).toMatchObject({ lost: 0, late: 0 })
    await closePair(pair)
  })

  test('A082 sends with the numbers that the peer gave, and takes its own', async () => {
    const pair = makePair()
    const offer = (await pair.alice.createOffer()).replaceAll('101', '96')
    const answer = (await pair.bob.acceptOffer(offer)).replaceAll(/\b96\b/g, '101')
    pair.alice.acceptAnswer(answer.replace('RTP/AVP 0 8 101', 'RTP/AVP 8 0 110').replaceAll(':101 ', ':110 '))
    const sent = tap(pair)
    pair.alice.start()
    const sending = pair.alice.sendDtmf('1')
    await pair.clock.advanceAsync(300)
    await sending
    expect(new Set(sent.map(({ payloadType }) => payloadType))).toEqual(new Set([110, 8]))
    await closePair(pair)
  })

  test('A060 A090 another payload type is decoded as what it is; comfort noise and unknown ones are not played', async () => {
    const pair = await runningPair({ bob: { idle: 'quiet' } })
    const heard: number[] = []
    pair.alice.addSink({ direct: true, write: (frame) => heard.push(frame[0]!) })
    const send = (sequence: number, payloadType: number, payload: Uint8Array): void => {
      const packet = { marker: false, payloadType, sequence, timestamp: sequence * 160, ssrc: 9, payload }
      const to = { address: '192.0.2.1', port: alicePort }
      pair.network.inject(encodeRtp(packet), { address: '192.0.2.2', port: bobPort }, to)
      pair.clock.advance(20)
    }
    send(1, 0, new Uint8Array(160).fill(0x80))
    send(2, 8, PCMA.encode(new Int16Array(160).fill(32_256)))
    send(3, 13, Uint8Array.of(40))
    send(4, 77, new Uint8Array(160))
    send(5, 0, new Uint8Array(0))
    expect(heard).toEqual([32_124, 32_256])
    expect(pair.alice.stats()).toMatchObject({ received: 5, lost: 0, discarded: 1 })
    await closePair(pair)
  })

  test('A089 comfort noise is neither offered nor sent', async () => {
    const pair = makePair({ alice: { idle: 'quiet' } })
    const { offer } = await negotiate(pair.alice, pair.bob)
    expect(offer).not.toMatch(/CN\/|m=.* 13\b/)
    const sent = tap(pair)
    pair.alice.start()
    pair.clock.advance(1000)
    expect(sent).toEqual([])
    await closePair(pair)
  })

  test('A127 D183 after a new answer packets go to the new address, from the same port', async () => {
    const pair = await runningPair()
    const targets: string[] = []
    pair.network.tap = (_bytes, from, to) => {
      if (from.port === alicePort) targets.push(`${to.address}:${to.port}`)
    }
    pair.clock.advance(20)
    const offer = await pair.alice.createOffer()
    const answer = await pair.bob.acceptOffer(offer)
    const moved = answer.replaceAll('192.0.2.2', '192.0.2.9').replace(`m=audio ${bobPort}`, 'm=audio 5000')
    pair.alice.acceptAnswer(moved)
    pair.clock.advance(20)
    expect(targets).toEqual([`192.0.2.2:${bobPort}`, `192.0.2.2:${bobPort}`, '192.0.2.9:5000'])
    await closePair(pair)
  })
})
