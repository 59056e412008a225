import { SeededRandom, VirtualClock } from '@netsip/runtime/testing'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SequenceTracker } from '../rtp/sequence.ts'
import { decodeRtcp } from './decode.ts'
import { encodeRtcp } from './encode.ts'
import { rtcpInterval } from './interval.ts'
import { middleBits, ntpTime, type ReportBlock, type RtcpPacket } from './packet.ts'
import { RtcpReporter } from './reporter.ts'

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/[0-9a-f]{2}/gi) ?? [], (each) => Number.parseInt(each, 16))
}

const block: ReportBlock = {
  ssrc: 0xcafe,
  fractionLost: 25,
  cumulativeLost: -3,
  highestSequence: 0x00010005,
  jitter: 7,
  lastSr: 0x12345678,
  delaySinceLastSr: 65536,
}

describe('packets', () => {
  test('A044 A044b A046 A055 a compound packet: report, name, BYE, each with its length in words less one', () => {
    const wire = encodeRtcp([
      { type: 'rr', ssrc: 1, reports: [block] },
      { type: 'sdes', chunks: [{ ssrc: 1, cname: 'abc' }] },
      { type: 'bye', ssrcs: [1] },
    ])
    expect(wire).toEqual(
      bytes(
        '81c90007 00000001 0000cafe 19fffffd 00010005 00000007 12345678 00010000' +
          '81ca0003 00000001 01036162 63000000' +
          '81cb0001 00000001',
      ),
    )
  })

  test('A045 a sender report has NTP time, RTP time and counts', () => {
    const ntp = ntpTime(Date.UTC(2026, 0, 1))
    const wire = encodeRtcp([{ type: 'sr', ssrc: 1, ntp, timestamp: 160, packets: 2, octets: 320, reports: [] }])
    expect(wire).toEqual(bytes('80c80006 00000001 ed003780 00000000 000000a0 00000002 00000140'))
    expect(ntp.seconds).toBe(Date.UTC(2026, 0, 1) / 1000 + 2_208_988_800)
    expect(middleBits({ seconds: 0x12345678, fraction: 0x9abcdef0 })).toBe(0x56789abc)
    expect(ntpTime(500).fraction).toBe(2 ** 31)
  })

  test('A044 what it writes it reads', () => {
    const u32 = fc.nat(0xffffffff)
    const blocks = fc.array(
      fc.record({
        ssrc: u32,
        fractionLost: fc.nat(255),
        cumulativeLost: fc.integer({ min: -0x800000, max: 0x7fffff }),
        highestSequence: u32,
        jitter: u32,
        lastSr: u32,
        delaySinceLastSr: u32,
      }),
      { maxLength: 31 },
    )
    const ntp = fc.record({ seconds: u32, fraction: u32 })
    const first: fc.Arbitrary<RtcpPacket> = fc.oneof(
      fc.record({ type: fc.constant('rr' as const), ssrc: u32, reports: blocks }),
      fc.record({
        type: fc.constant('sr' as const),
        ssrc: u32,
        ntp,
        timestamp: u32,
        packets: u32,
        octets: u32,
        reports: blocks,
      }),
    )
    const name = fc.string({ maxLength: 40 }).map((text) => text.replaceAll('\0', ''))
    const rest: fc.Arbitrary<RtcpPacket> = fc.oneof(
      fc.record({
        type: fc.constant('sdes' as const),
        chunks: fc.array(fc.record({ ssrc: u32, cname: name }), { maxLength: 5 }),
      }),
      fc.record({ type: fc.constant('bye' as const), ssrcs: fc.array(u32, { maxLength: 5 }) }),
      fc.record({ type: fc.constant('bye' as const), ssrcs: fc.array(u32, { maxLength: 5 }), reason: name }),
    )
    fc.assert(
      fc.property(first, fc.array(rest, { maxLength: 3 }), (report, others) => {
        const packets = [report, ...others]
        expect(decodeRtcp(encodeRtcp(packets))).toEqual(packets)
      }),
    )
  })

  test.each([
    ['nothing', ''],
    ['three bytes', '80c900'],
    ['a name first', '81ca0003 00000001 01036162 63000000'],
    ['another version', '40c90001 00000001'],
    ['a length beyond the end', '80c90002 00000001'],
    ['a length that stops short', '80c90001 00000001 80'],
    ['a count without its blocks', '81c90001 00000001'],
    ['padding in the first packet', 'a0c90002 00000001 00000004'],
    ['padding of nothing', '80c90001 00000001 a1cb0002 00000001 00000000'],
    ['an item beyond its packet', '80c90001 00000001 81ca0002 00000001 01ff6162'],
    ['a BYE without its sources', '80c90001 00000001 82cb0001 00000001'],
  ])('A054 drops %s', (_what, hex) => {
    expect(decodeRtcp(bytes(hex))).toBeUndefined()
  })

  test('A044c A054 skips types it does not know, and takes padding off the last packet', () => {
    const wire = bytes('80c90001 00000001 81cc0002 00000001 41424344 a1cb0002 00000001 00000004')
    expect(decodeRtcp(wire)).toEqual([
      { type: 'rr', ssrc: 1, reports: [] },
      { type: 'bye', ssrcs: [1] },
    ])
  })

  test('A054 no bytes make it throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120, size: 'max' }), fc.constantFrom(200, 201, 202, 203), (data, type) => {
        const words = Math.floor(data.length / 4)
        const packet = Uint8Array.from([0x81, type, 0, words, ...data.subarray(0, words * 4)])
        const first = bytes('80c90001 00000001')
        const compound = Uint8Array.from([...first, ...packet])
        for (const each of [data, packet, compound])
          expect([undefined, 'object']).toContain(decodeRtcp(each) && 'object')
      }),
      { numRuns: 1000 },
    )
  })
})

test('A050 A051 the interval is random around five seconds, half of it at first, more for many', () => {
  const usual = { members: 2, averageSize: 120, bandwidth: 500, initial: false, random: 0.5 }
  expect(rtcpInterval(usual)).toBeCloseTo(5000 / 1.21828, 0)
  expect(rtcpInterval({ ...usual, random: 0 })).toBeCloseTo(2500 / 1.21828, 0)
  expect(rtcpInterval({ ...usual, random: 1 })).toBeCloseTo(7500 / 1.21828, 0)
  expect(rtcpInterval({ ...usual, initial: true })).toBeCloseTo(2500 / 1.21828, 0)
  expect(rtcpInterval({ ...usual, members: 100 })).toBeCloseTo(24_000 / 1.21828, 0)
})

interface Side {
  reporter: RtcpReporter
  sender: { ssrc: number; packets: number; octets: number }
  receiver: { ssrc: number | undefined; tracker: SequenceTracker }
  sent: RtcpPacket[][]
}

/** Two reporters 40 ms apart. */
function twoSides(): { clock: VirtualClock; alice: Side; bob: Side } {
  const clock = new VirtualClock()
  const random = new SeededRandom(1)
  const side = (ssrc: number, other: () => Side): Side => {
    const sender = { ssrc, packets: 0, octets: 0 }
    const receiver = { ssrc: undefined, tracker: new SequenceTracker({ minSequential: 1 }) }
    const sent: RtcpPacket[][] = []
    const transmit = (data: Uint8Array): void => {
      sent.push(decodeRtcp(data)!)
      clock.setTimer(40, () => other().reporter.receive(data))
    }
    return {
      reporter: new RtcpReporter({ clock, random, transmit, sender, receiver, timestampAt: () => 0 }),
      sender,
      receiver,
      sent,
    }
  }
  const alice: Side = side(1, () => bob)
  const bob: Side = side(2, () => alice)
  return { clock, alice, bob }
}

describe('reports', () => {
  test('A045 A046 A049 senders report what they sent, receivers what they heard, and the round trip comes out', () => {
    const { clock, alice, bob } = twoSides()
    alice.sender.packets = 100
    alice.sender.octets = 16_000
    bob.receiver.ssrc = 1
    for (const sequence of [1, 2, 4]) bob.receiver.tracker.update(sequence)
    alice.reporter.start()
    bob.reporter.start()
    clock.advance(8000)
    const [first] = alice.sent
    expect(first![0]).toMatchObject({ type: 'sr', ssrc: 1, packets: 100, octets: 16_000, reports: [] })
    expect(first![1]).toMatchObject({
      type: 'sdes',
      chunks: [{ ssrc: 1, cname: expect.stringMatching(/^[0-9a-f]{24}$/) }],
    })
    expect(bob.sent[0]![0]).toMatchObject({
      type: 'rr',
      ssrc: 2,
      reports: [{ ssrc: 1, cumulativeLost: 1, highestSequence: 4 }],
    })
    // bob's next report answers one of alice's
    for (let sequence = 5; sequence < 21; sequence++) bob.receiver.tracker.update(sequence)
    clock.advance(20_000)
    expect(alice.reporter.rttMs).toBeCloseTo(80, 1)
    expect(alice.reporter.remote).toMatchObject({ lost: 1, fractionLost: 0 })
  })

  test('A053 goes on with receiver reports when nothing is sent any more', () => {
    const { clock, alice } = twoSides()
    alice.sender.packets = 10
    alice.reporter.start()
    clock.advance(60_000)
    const kinds = alice.sent.map(([report]) => report!.type)
    expect(kinds.slice(0, 2)).toEqual(['sr', 'sr'])
    expect(kinds.length).toBeGreaterThan(8)
    expect(new Set(kinds.slice(2))).toEqual(new Set(['rr']))
  })

  test('A052 A052b says BYE at the end, last in its packet, unless nothing was ever sent', () => {
    const { clock, alice, bob } = twoSides()
    alice.reporter.start()
    bob.reporter.start()
    clock.advance(10_000)
    alice.reporter.stop()
    expect(alice.sent.at(-1)!.map(({ type }) => type)).toEqual(['rr', 'sdes', 'bye'])
    bob.reporter.stop()
    clock.advance(100)
    expect(clock.pending).toBe(0)
    const silent = twoSides()
    silent.alice.reporter.start()
    silent.alice.reporter.stop()
    expect(silent.alice.sent).toEqual([])
  })

  test('A054 refuses what is no RTCP', () => {
    const { alice } = twoSides()
    expect(alice.reporter.receive(new Uint8Array(12))).toBe(false)
    expect(alice.reporter.receive(encodeRtcp([{ type: 'rr', ssrc: 2, reports: [block] }]))).toBe(true)
    expect(alice.reporter.remote).toBeUndefined()
  })
})
