import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeRtp, encodeRtp, isRtcp, type RtpPacket } from './packet.ts'

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/[0-9a-f]{2}/gi) ?? [], (each) => Number.parseInt(each, 16))
}

const plain: RtpPacket = {
  marker: false,
  payloadType: 0,
  sequence: 0x1234,
  timestamp: 160,
  ssrc: 0xdeadbeef,
  payload: new Uint8Array(0),
}

describe('RTP header', () => {
  test('A037 reads and writes the vector', () => {
    const wire = bytes('80001234 000000A0 DEADBEEF')
    expect(decodeRtp(wire)).toEqual(plain)
    expect(encodeRtp(plain)).toEqual(wire)
  })

  test('A032 has CSRC list, extension and marker in their places, big-endian', () => {
    const packet: RtpPacket = {
      ...plain,
      marker: true,
      payloadType: 101,
      csrc: [1, 0xffffffff],
      extension: { profile: 0xbede, data: bytes('10aabb00') },
      payload: bytes('0102'),
    }
    const wire = bytes('92e51234 000000a0 deadbeef 00000001 ffffffff bede0001 10aabb00 0102')
    expect(encodeRtp(packet)).toEqual(wire)
    expect(decodeRtp(wire)).toEqual(packet)
  })

  test('A032 takes the padding off', () => {
    expect(decodeRtp(bytes('a0001234 000000a0 deadbeef aabb0002'))).toMatchObject({ payload: bytes('aabb') })
  })

  test.each([
    ['short', '', 'nothing at all'],
    ['short', '80001234 000000a0 deadbe', 'eleven bytes'],
    ['version', '40001234 000000a0 deadbeef', 'version 1'],
    ['csrc', '82001234 000000a0 deadbeef 00000001', 'two CSRC announced, one there'],
    ['extension', '90001234 000000a0 deadbeef bede', 'half an extension header'],
    ['extension', '90001234 000000a0 deadbeef bede0002 00000000', 'two words announced, one there'],
    ['padding', 'a0001234 000000a0 deadbeef', 'padding in a packet without payload, whose last byte is the SSRC'],
    ['padding', 'a0001234 000000a0 deadbeef aabbcc00', 'no padding announced'],
    ['padding', 'a0001234 000000a0 deadbeef aabbcc05', 'more padding than payload'],
  ])('A033 rejects (%s) %s: %s', (reason, hex) => {
    expect(decodeRtp(bytes(hex))).toBe(reason)
  })

  test('A033 no bytes make it throw, and what it reads it can write', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80, size: 'max' }), (data) => {
        const packet = decodeRtp(data)
        const again = typeof packet === 'string' ? packet : decodeRtp(encodeRtp(packet))
        expect(again).toEqual(packet)
      }),
      { numRuns: 2000 },
    )
  })

  test('A032 what it writes it reads', () => {
    const packets = fc.record({
      marker: fc.boolean(),
      payloadType: fc.nat(127),
      sequence: fc.nat(65535),
      timestamp: fc.nat(0xffffffff),
      ssrc: fc.nat(0xffffffff),
      payload: fc.uint8Array({ maxLength: 300, size: 'max' }),
    })
    fc.assert(
      fc.property(packets, (packet) => {
        expect(decodeRtp(encodeRtp(packet))).toEqual(packet)
      }),
    )
  })
})

test('A041 tells RTCP by the second byte', () => {
  expect(isRtcp(bytes('80c80006 00000000'))).toBe(true)
  expect(isRtcp(bytes('81cb0001 00000000'))).toBe(true)
  expect(isRtcp(bytes('80801234 000000a0 deadbeef'))).toBe(false)
  expect(isRtcp(bytes('80e01234 000000a0 deadbeef'))).toBe(false)
  expect(isRtcp(bytes('80c8'))).toBe(false)
})
