import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TraceEvent } from '@netsip/runtime'
import { expect, test } from 'vitest'
import { PcapFile } from './pcap.ts'
import { scratchFolder } from '../testing.ts'

function event(init: Partial<TraceEvent>): TraceEvent {
  return {
    time: 1_700_000_000_123,
    direction: 'out',
    protocol: 'udp',
    local: '127.0.0.1:5060',
    remote: '192.0.2.7:5070',
    bytes: Buffer.from('OPTIONS sip:a SIP/2.0\r\n\r\n'),
    ...init,
  }
}

/** The packets of a capture, without their record headers. */
function packetsOf(...events: TraceEvent[]): Buffer[] {
  const path = join(scratchFolder(), 'x.pcap')
  const file = new PcapFile(path)
  for (const one of events) file.write(one)
  file.close()
  const all = readFileSync(path)
  expect(all.readUInt32LE(0)).toBe(0xa1b2c3d4)
  expect(all.readUInt32LE(20)).toBe(101)
  const packets: Buffer[] = []
  for (let at = 24; at < all.length; at += 16 + all.readUInt32LE(at + 8)) {
    expect(all.readUInt32LE(at)).toBe(1_700_000_000)
    expect(all.readUInt32LE(at + 4)).toBe(123_000)
    packets.push(all.subarray(at + 16, at + 16 + all.readUInt32LE(at + 8)))
  }
  return packets
}

/** The Internet checksum of bytes that carry their own: 0 when it is right. */
function remainder(bytes: Buffer): number {
  let sum = 0
  for (let at = 0; at < bytes.length; at += 2) sum += (bytes[at]! << 8) + (bytes[at + 1] ?? 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}

function transportRemainder(packet: Buffer): number {
  const v6 = packet[0]! >> 4 === 6
  const [header, addresses] = v6 ? [40, packet.subarray(8, 40)] : [20, packet.subarray(12, 20)]
  const segment = packet.subarray(header)
  const tail = Buffer.alloc(8)
  tail.writeUInt32BE(segment.length, 0)
  tail.writeUInt8(v6 ? packet[6]! : packet[9]!, 7)
  return remainder(Buffer.concat([addresses, tail, segment]))
}

test('a datagram is whole, with checksums that are right', () => {
  const [packet] = packetsOf(event({}))
  expect(remainder(packet!.subarray(0, 20))).toBe(0)
  expect(transportRemainder(packet!)).toBe(0)
  expect([...packet!.subarray(12, 20)]).toEqual([127, 0, 0, 1, 192, 0, 2, 7])
  expect([packet!.readUInt16BE(20), packet!.readUInt16BE(22)]).toEqual([5060, 5070])
  expect(packet!.subarray(28).toString()).toBe('OPTIONS sip:a SIP/2.0\r\n\r\n')
})

test('what comes in goes from the peer to us', () => {
  const [packet] = packetsOf(event({ direction: 'in' }))
  expect([packet!.readUInt16BE(20), packet!.readUInt16BE(22)]).toEqual([5070, 5060])
})

test('a wildcard is written as the address that the peer sees, so that both ends of a call have a name', () => {
  const [loopback, loopback6] = packetsOf(
    event({ local: '0.0.0.0:5060', remote: '127.0.0.1:5070' }),
    event({ local: '[::]:5060', remote: '[::1]:5070' }),
  )
  expect([...loopback!.subarray(12, 16)]).toEqual([127, 0, 0, 1])
  expect(loopback6!.subarray(8, 24).toString('hex')).toBe(`${'0'.repeat(31)}1`)
})

test('IPv6 addresses in every spelling', () => {
  const packets = packetsOf(
    event({ local: '[::1]:5060', remote: '[2001:db8::ff00:42:8329]:5070' }),
    event({ local: '0.0.0.0:5060', remote: '[::ffff:192.0.2.1]:5070' }),
  )
  for (const packet of packets) expect(transportRemainder(packet)).toBe(0)
  expect(packets[0]!.subarray(8, 40).toString('hex')).toBe(`${'0'.repeat(31)}120010db8000000000000ff0000428329`)
  expect(packets[1]!.subarray(24, 40).toString('hex')).toBe('00000000000000000000ffffc0000201')
})

test('a TCP flow counts its bytes, and a message longer than a packet goes out in several', () => {
  const packets = packetsOf(
    event({ protocol: 'tcp', bytes: Buffer.alloc(70_000, 'a') }),
    event({ protocol: 'tcp', direction: 'in', bytes: Buffer.from('abc') }),
    event({ protocol: 'tcp', bytes: Buffer.from('d') }),
  )
  for (const packet of packets) expect(transportRemainder(packet)).toBe(0)
  expect(packets.map((packet) => [packet.readUInt32BE(24), packet.readUInt32BE(28)])).toEqual([
    [1, 1],
    [60_001, 1],
    [1, 70_001],
    [70_001, 4],
  ])
})
