import { SeededRandom } from '@netsip/runtime/testing'
import { expect, test } from 'vitest'
import { decodeRtp, type RtpPacket } from './packet.ts'
import { RtpSender } from './sender.ts'

const payload = new Uint8Array(160)

function next(sender: RtpSender): RtpPacket {
  return decodeRtp(sender.packet({ payloadType: 0, payload, timestamp: 0 })) as RtpPacket
}

test('A034 SSRC, first sequence number and first timestamp are random', () => {
  const senders = [1, 2, 3].map((seed) => new RtpSender(new SeededRandom(seed)))
  const packets = senders.map(next)
  expect(new Set(packets.map(({ ssrc }) => ssrc)).size).toBe(3)
  expect(new Set(packets.map(({ sequence }) => sequence)).size).toBe(3)
  expect(new Set(senders.map((each) => each.timestamp(0))).size).toBe(3)
  expect(packets.every(({ sequence }) => sequence < 0x8000)).toBe(true)
})

test('A035 the sequence number grows by one, over the wrap at 65535', () => {
  const sender = new RtpSender(new SeededRandom(1))
  let before = next(sender).sequence
  for (let i = 0; i < 70_000; i++) {
    const { sequence } = next(sender)
    if (sequence !== (before + 1) % 65536) throw new Error(`${before} was followed by ${sequence}`)
    before = sequence
  }
  expect(sender.packets).toBe(70_001)
  expect(sender.octets).toBe(70_001 * 160)
})

test('A035b timestamps are samples from a random origin, modulo 2^32', () => {
  const sender = new RtpSender(new SeededRandom(1))
  const origin = sender.timestamp(0)
  expect((sender.timestamp(160) - origin) >>> 0).toBe(160)
  expect((sender.timestamp(2 ** 32 + 160) - origin) >>> 0).toBe(160)
  expect(sender.timestamp(2 ** 32 - 1)).toBeLessThan(2 ** 32)
})

test('A039b after a collision the SSRC is another one and the counts begin anew', () => {
  const sender = new RtpSender(new SeededRandom(1))
  const before = next(sender)
  sender.changeSsrc()
  expect(sender.packets).toBe(0)
  const after = next(sender)
  expect(after.ssrc).not.toBe(before.ssrc)
  expect(after.sequence).toBe(before.sequence + 1)
})
