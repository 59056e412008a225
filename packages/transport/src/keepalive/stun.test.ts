import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isStun, parseStun, stunAnswer, stunRequest } from './stun.ts'

const transaction = Uint8Array.from({ length: 12 }, (_, index) => index + 1)

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}

describe('STUN', () => {
  test('T056 is told from SIP by its first bits, its cookie and its length', () => {
    const request = stunRequest(transaction)
    expect(isStun(request)).toBe(true)
    expect(isStun(request.subarray(0, 19))).toBe(false)
    expect(isStun(Uint8Array.from([...request, 0]))).toBe(false)
    expect(isStun(Uint8Array.from([...request, 0, 0, 0, 0]))).toBe(false)
    expect(isStun(new TextEncoder().encode('OPTIONS sip:bob@example.com SIP/2.0\r\n\r\n'))).toBe(false)
    expect(isStun(request.map((octet, index) => (index === 4 ? 0 : octet)))).toBe(false)
  })

  test('T056 answers with the address the question came from', () => {
    const request = stunRequest(transaction)
    const question = parseStun(request)
    expect(question).toMatchObject({ kind: 'request', transaction: '0102030405060708090a0b0c', unknown: [] })
    for (const [host, port] of [
      ['192.0.2.1', 32_853],
      ['2001:db8:1234:5678:11:2233:4455:6677', 32_853],
    ] as const) {
      const answer = stunAnswer(request, question as NonNullable<typeof question>, host, port)
      expect(isStun(answer)).toBe(true)
      expect(parseStun(answer)).toMatchObject({ kind: 'success', mapped: { host, port } })
      // An answer to an unproven source must not be much larger than its question.
      expect(answer.length).toBeLessThanOrEqual(request.length + 36)
    }
  })

  test('reads the sample response of RFC 5769 2.2', () => {
    const sample = bytesOf(
      '0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220' +
        '002000080001a147e112a643000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96',
    )
    expect(isStun(sample)).toBe(true)
    expect(parseStun(sample)).toMatchObject({ kind: 'success', mapped: { host: '192.0.2.1', port: 32_853 } })
  })

  test('refuses attributes that it would have to understand (420)', () => {
    const request = Uint8Array.from([...stunRequest(transaction), 0x00, 0x24, 0x00, 0x04, 1, 2, 3, 4])
    request[3] = 8
    const question = parseStun(request) as NonNullable<ReturnType<typeof parseStun>>
    expect(question.unknown).toEqual([0x24])
    const answer = stunAnswer(request, question, '192.0.2.1', 1)
    expect(parseStun(answer)).toMatchObject({ kind: 'error' })
    expect([...answer].join()).toContain([0, 9, 0, 4, 0, 0, 4, 20, 0, 10, 0, 2, 0, 0x24].join())
  })

  test('survives any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80, size: 'max' }), (rest) => {
        const length = rest.length - (rest.length % 4)
        const bytes = Uint8Array.from([...stunRequest(transaction), ...rest.subarray(0, length)])
        bytes[3] = length
        expect(isStun(bytes)).toBe(true)
        expect(() => parseStun(bytes)).not.toThrow()
      }),
    )
  })
})
