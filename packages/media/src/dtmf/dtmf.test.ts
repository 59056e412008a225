import { SeededRandom } from '@netsip/runtime/testing'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MediaError } from '../errors.ts'
import { digitOf, eventOf } from './events.ts'
import { decodeDtmf, encodeDtmf } from './payload.ts'
import { DtmfReceiver, type DtmfEvent } from './receiver.ts'
import { DtmfSender, type DtmfOptions } from './sender.ts'

interface Sent {
  sequence: number
  timestamp: number
  marker: boolean
  payload: Uint8Array
  event: number
  end: boolean
  duration: number
}

const all = new Set(Array.from({ length: 17 }, (_, code) => code))

/** The packets of some digits, ticked every 20 ms as a session does. */
function send(digits: string, options?: DtmfOptions, firstSample = 16_000): Sent[] {
  const sender = new DtmfSender()
  void sender.send(digits, all, options)
  const sent: Sent[] = []
  for (let sample = firstSample; sender.active; sample += 160) {
    const packet = sender.next(sample, 160, 8000)
    if (!packet) continue
    const { payload, startSample, marker } = packet
    sent.push({ sequence: sent.length, timestamp: startSample % 2 ** 32, marker, payload, ...decodeDtmf(payload)! })
  }
  return sent
}

function hear(packets: readonly Pick<Sent, 'timestamp' | 'payload'>[]): DtmfEvent[] {
  const heard: DtmfEvent[] = []
  const receiver = new DtmfReceiver({ onDigit: (event) => heard.push(event) })
  let now = 0
  for (const packet of packets) receiver.receive(packet, (now += 20))
  receiver.poll(now + 150)
  return heard
}

describe('payload', () => {
  test('A072 A073 A074 reads and writes the vectors, and ignores the reserved bit', () => {
    const update = { event: 5, end: false, volume: 10, duration: 160 }
    expect(encodeDtmf(update)).toEqual(Uint8Array.of(0x05, 0x0a, 0x00, 0xa0))
    expect(encodeDtmf({ ...update, end: true, duration: 800 })).toEqual(Uint8Array.of(0x05, 0x8a, 0x03, 0x20))
    expect(decodeDtmf(Uint8Array.of(0x05, 0x4a, 0x00, 0xa0))).toEqual(update)
    expect(decodeDtmf(Uint8Array.of(0x05, 0x8a, 0x03))).toBeUndefined()
  })

  test('A075 has the codes of the keys', () => {
    expect(Array.from('0123456789*#ABCDd!', eventOf)).toEqual([...Array(16).keys(), 15, 16])
    expect(['', '12', 'x'].map(eventOf)).toEqual([undefined, undefined, undefined])
    expect([digitOf(11), digitOf(16), digitOf(17)]).toEqual(['#', '!', undefined])
  })
})

describe('sending', () => {
  test('A076 A076c A076d A076e A077 A077b A077c updates share the start as timestamp, grow by 20 ms, and end three times', () => {
    const sent = send('5', { durationMs: 100 })
    expect(sent.map(({ duration }) => duration)).toEqual([160, 320, 480, 640, 800, 800, 800])
    expect(sent.map(({ end }) => end)).toEqual([false, false, false, false, true, true, true])
    expect(sent.map(({ marker }) => marker)).toEqual([true, false, false, false, false, false, false])
    expect(new Set(sent.map(({ timestamp }) => timestamp))).toEqual(new Set([16_000]))
    expect(sent[0]!.payload).toEqual(Uint8Array.of(0x05, 0x0a, 0x00, 0xa0))
    expect(sent[4]!.payload).toEqual(Uint8Array.of(0x05, 0x8a, 0x03, 0x20))
  })

  test('A079 the next digit begins after the gap, at a later timestamp', () => {
    const starts = [...new Set(send('123').map(({ timestamp }) => timestamp))]
    // 100 ms of tone and a gap of 50 ms, which is three packets
    expect(starts).toEqual([16_000, 16_000 + 8 * 160, 16_000 + 16 * 160])
  })

  test('A078 what is longer than 65535 units goes on in segments without an end in between', () => {
    const sent = send('1', { durationMs: 10_000 })
    const segments = [...new Set(sent.map(({ timestamp }) => timestamp))]
    expect(segments).toEqual([16_000, 16_000 + 65_535])
    const first = sent.filter(({ timestamp }) => timestamp === 16_000)
    expect(first.at(-1)).toMatchObject({ duration: 65_535, end: false })
    expect(first.some(({ end }) => end)).toBe(false)
    const second = sent.filter(({ timestamp }) => timestamp !== 16_000)
    expect(second[0]).toMatchObject({ marker: false, end: false })
    expect(second.at(-1)).toMatchObject({ duration: 80_000 - 65_535, end: true })
    expect(second.filter(({ end }) => end)).toHaveLength(3)
  })

  test('A083 only events that the peer takes are sent, all or none', async () => {
    const sender = new DtmfSender()
    const error: unknown = await sender.send('1!', new Set([1])).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(MediaError)
    expect(error).toMatchObject({ code: 'ERR_MEDIA_DTMF' })
    await expect(sender.send('1', all, { durationMs: 39 })).rejects.toMatchObject({ code: 'ERR_MEDIA_ARGUMENT' })
    await expect(sender.send('1', all, { gapMs: Number.NaN })).rejects.toMatchObject({ code: 'ERR_MEDIA_ARGUMENT' })
    await sender.send('', all)
    expect(sender.active).toBe(false)
  })
})

describe('receiving', () => {
  test('A081 any one packet of an event is enough for one digit', () => {
    const sent = send('7')
    for (const packet of sent) expect(hear([packet]).map(({ digit }) => digit)).toEqual(['7'])
  })

  test('A081b without its end it is over after a pause, with the last duration', () => {
    expect(hear(send('7').slice(0, 3))).toEqual([{ digit: '7', durationMs: 60 }])
  })

  test('A081c the same digit twice is two digits', () => {
    expect(hear(send('77')).map(({ digit }) => digit)).toEqual(['7', '7'])
  })

  test('A078 segments of one long event are one digit', () => {
    expect(hear(send('1', { durationMs: 20_000 }))).toEqual([{ digit: '1', durationMs: 20_000 }])
  })

  test('A079 a tone of 40 ms is taken', () => {
    expect(hear(send('9', { durationMs: 40, gapMs: 0 }))).toEqual([{ digit: '9', durationMs: 40 }])
  })

  test('A081 the digits stay as they are when packets are lost, doubled and swapped', () => {
    const conditions = fc.record({ seed: fc.nat(), digits: fc.stringMatching(/^[0-9A-D*#]{1,8}$/) })
    fc.assert(
      fc.property(conditions, ({ seed, digits }) => {
        const random = new SeededRandom(seed)
        const sent = send(digits)
        const kept = new Set(
          [...new Set(sent.map(({ timestamp }) => timestamp))].map((start) => {
            const own = sent.filter(({ timestamp }) => timestamp === start)
            return own[Math.floor(random.float() * own.length)]!
          }),
        )
        const arrived = sent.filter((packet) => kept.has(packet) || random.float() > 0.5)
        const doubled = arrived.flatMap((packet) => (random.float() > 0.7 ? [packet, packet] : [packet]))
        for (let i = 1; i < doubled.length; i++) {
          const sameEvent = doubled[i]!.timestamp === doubled[i - 1]!.timestamp
          if (sameEvent && random.float() > 0.6) [doubled[i - 1], doubled[i]] = [doubled[i]!, doubled[i - 1]!]
        }
        expect(
          hear(doubled)
            .map(({ digit }) => digit)
            .join(''),
        ).toBe(digits)
      }),
    )
  })

  test('A081 the only packet of an older digit, come late, still goes before the one that runs', () => {
    const [one, two] = [send('1'), send('2', {}, 32_000)]
    const late = [two[0]!, one[1]!, ...two.slice(1), one[4]!]
    expect(hear(late).map(({ digit }) => digit)).toEqual(['1', '2'])
  })

  test('no payload makes it throw or invents a key', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.uint8Array({ maxLength: 8, size: 'max' }), fc.nat(0xffffffff))), (packets) => {
        for (const { digit } of hear(packets.map(([payload, timestamp]) => ({ payload, timestamp })))) {
          expect(eventOf(digit)).toBeDefined()
        }
      }),
    )
  })
})
