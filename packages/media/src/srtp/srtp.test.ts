import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nodeSrtpCrypto as crypto } from '../node/srtp-crypto.ts'
import { decodeRtp, encodeRtp, type RtpPacket } from '../rtp/packet.ts'
import { srtpSuites, type SrtpSuite } from './crypto.ts'
import { deriveKeys } from './keys.ts'
import { parseCrypto, writeCrypto } from './sdes.ts'
import { guessIndex, SrtcpContext, SrtpContext } from './srtp.ts'

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/[0-9a-f]{2}/gi) ?? [], (each) => Number.parseInt(each, 16))
}

function hex(data: Uint8Array): string {
  return Array.from(data, (each) => each.toString(16).padStart(2, '0')).join('')
}

const master = bytes('E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6')
const suites = Object.keys(srtpSuites) as SrtpSuite[]
const suite: SrtpSuite = 'AES_CM_128_HMAC_SHA1_80'

function masterFor(name: SrtpSuite): Uint8Array {
  return Uint8Array.from({ length: srtpSuites[name].keyLength + 14 }, (_, i) => i * 7)
}

function packet(sequence: number, more: Partial<RtpPacket> = {}): Uint8Array {
  const payload = new Uint8Array(20).fill(sequence)
  return encodeRtp({ marker: false, payloadType: 0, sequence, timestamp: sequence * 160, ssrc: 7, payload, ...more })
}

function pair(name: SrtpSuite = suite): { sender: SrtpContext; receiver: SrtpContext } {
  const key = masterFor(name)
  return { sender: new SrtpContext(crypto, name, key), receiver: new SrtpContext(crypto, name, key) }
}

describe('vectors of RFC 3711', () => {
  test('A097 B.3 key derivation', () => {
    const rtp = deriveKeys(crypto, suite, master, 'rtp')
    expect(hex(rtp.encryption)).toBe('c61e7a93744f39ee10734afe3ff7a087')
    expect(hex(rtp.salt)).toBe('30cbbc08863d8c85d49db34a9ae1')
    expect(hex(rtp.authentication)).toBe('cebe321f6ff7716b6fd4ab49af256a156d38baa4')
    const rtcp = deriveKeys(crypto, suite, master, 'rtcp')
    expect(hex(rtcp.encryption)).toBe('4c1aa45a81f73d61c800bbb00fbb1eaa')
    expect(hex(rtcp.authentication)).toBe('8d54534feb49ae8e7993a6bd0b844fc323a93dfd')
    expect(hex(rtcp.salt)).toBe('9581c7ad87b3e530bf3e4454a8b3')
  })

  test('A098 B.2 AES in counter mode', () => {
    const key = bytes('2B7E151628AED2A6ABF7158809CF4F3C')
    const counter = bytes('F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000')
    const stream = crypto.aesCounter(key, counter, new Uint8Array(32))
    expect(hex(stream)).toBe('e03ead0935c95e80e166b16dd92b4eb4d23513162b02d0f72a43a2fe4a5f97ab')
  })

  test('A099 a packet, with tags of 80 and of 32 bits', () => {
    const plain = bytes(`800f1234decafbadcafebabe${'ab'.repeat(16)}`)
    const sealed = '800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402'
    expect(hex(new SrtpContext(crypto, suite, master).protect(plain))).toBe(`${sealed}b78d6acc99ea179b8dbb`)
    const short = new SrtpContext(crypto, 'AES_CM_128_HMAC_SHA1_32', master)
    expect(hex(short.protect(plain))).toBe(`${sealed}b78d6acc`)
    const receiver = new SrtpContext(crypto, suite, master)
    expect(receiver.unprotect(bytes(`${sealed}b78d6acc99ea179b8dbb`))).toEqual(plain)
  })
})

describe('SRTP', () => {
  test.each(suites)('A096 A100 A103 %s: the header stays readable, the payload does not, and it comes back', (name) => {
    const { sender, receiver } = pair(name)
    const extension = { profile: 0xbede, data: new Uint8Array(8) }
    const plain = packet(1, { csrc: [1, 2], extension, marker: true })
    const sealed = sender.protect(plain)
    expect(sealed).toHaveLength(plain.length + srtpSuites[name].tagLength)
    expect(sealed.subarray(0, 32)).toEqual(plain.subarray(0, 32))
    expect(sealed.subarray(32, plain.length)).not.toEqual(plain.subarray(32))
    expect(receiver.unprotect(sealed)).toEqual(plain)
  })

  test('A100b A101b any bit that is changed is noticed, and changes nothing', () => {
    const { sender, receiver } = pair()
    const sealed = sender.protect(packet(1))
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const forged = sealed.slice()
      forged[bit >> 3]! ^= 1 << (bit & 7)
      expect(receiver.unprotect(forged)).toBeUndefined()
    }
    expect(receiver.unprotect(sealed)).toEqual(packet(1))
  })

  test('A101 A101c a replay is dropped, one that is late within the window is not, one that is older is', () => {
    const { sender, receiver } = pair()
    const sealed = Array.from({ length: 300 }, (_, i) => sender.protect(packet(i)))
    expect(receiver.unprotect(sealed[0]!)).toBeDefined()
    expect(receiver.unprotect(sealed[0]!)).toBeUndefined()
    expect(receiver.unprotect(sealed[200]!)).toBeDefined()
    expect(receiver.unprotect(sealed[137]!)).toBeDefined()
    expect(receiver.unprotect(sealed[137]!)).toBeUndefined()
    expect(receiver.unprotect(sealed[72]!)).toBeUndefined()
    expect(receiver.unprotect(sealed[299]!)).toBeDefined()
  })

  test('A100c A100d the rollover is counted on both sides, also when packets around it are lost or swapped', () => {
    const { sender, receiver } = pair()
    const sealed = [65_533, 65_534, 65_535, 0, 1, 2].map((sequence) => sender.protect(packet(sequence)))
    for (const i of [0, 3, 1, 5, 2, 4]) expect(receiver.unprotect(sealed[i]!)).toBeDefined()
    expect(guessIndex(5, 65_530)).toBe(65_536 + 5)
    expect(guessIndex(65_530, 65_536 + 5)).toBe(65_530)
    expect(guessIndex(65_530, 5)).toBeLessThan(0)
    expect(guessIndex(40_000, -1)).toBe(40_000)
  })

  test('A100e a new key goes on with the rollover of the old one, or begins anew, as the peer has it', () => {
    const next = masterFor(suite).map((each) => each ^ 0xff)
    for (const goesOn of [true, false]) {
      const { sender, receiver } = pair()
      for (const sequence of [65_535, 0]) receiver.unprotect(sender.protect(packet(sequence)))
      const rekeyed = new SrtpContext(crypto, suite, next, receiver)
      const peer = new SrtpContext(crypto, suite, next)
      if (goesOn) peer.protect(packet(65_535))
      for (const sequence of [1, 2]) expect(rekeyed.unprotect(peer.protect(packet(sequence)))).toEqual(packet(sequence))
    }
  })

  test('A100f each source has its own rollover and window', () => {
    const { sender, receiver } = pair()
    for (const sequence of [65_535, 0]) receiver.unprotect(sender.protect(packet(sequence)))
    const other = sender.protect(packet(0, { ssrc: 8 }))
    expect(decodeRtp(receiver.unprotect(other)!)).toMatchObject({ ssrc: 8, sequence: 0 })
  })

  test('A101b no bytes open, and none make it throw', () => {
    const { receiver } = pair()
    const rtcp = new SrtcpContext(crypto, suite, masterFor(suite))
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80, size: 'max' }), (data) => {
        expect(receiver.unprotect(data)).toBeUndefined()
        expect(rtcp.unprotect(data)).toBeUndefined()
      }),
    )
  })
})

describe('SRTCP', () => {
  const report = bytes('80c90001 00000007 81ca0003 00000007 01036162 63000000')

  test.each(suites)('A102 %s: an index that grows, the E bit, and a tag of 80 bits', (name) => {
    const sender = new SrtcpContext(crypto, name, masterFor(name))
    const receiver = new SrtcpContext(crypto, name, masterFor(name))
    const sealed = [0, 1, 2].map(() => sender.protect(report))
    expect(sealed.map((each) => hex(each.subarray(report.length, report.length + 4)))).toEqual([
      '80000000',
      '80000001',
      '80000002',
    ])
    expect(sealed[0]).toHaveLength(report.length + 4 + 10)
    expect(sealed[0]!.subarray(0, 8)).toEqual(report.subarray(0, 8))
    expect(sealed.map((each) => receiver.unprotect(each))).toEqual([report, report, report])
    expect(receiver.unprotect(sealed[1]!)).toBeUndefined()
    const forged = sender.protect(report)
    forged[9]! ^= 1
    expect(receiver.unprotect(forged)).toBeUndefined()
  })
})

describe('a=crypto', () => {
  const inline = 'inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR'

  test('A104 A104c reads a line, with or without a lifetime, and writes it', () => {
    const line = `1 ${suite} ${inline}`
    expect(parseCrypto(line)).toMatchObject({ tag: 1, suite })
    expect(parseCrypto(line)!.master).toHaveLength(30)
    expect(writeCrypto(parseCrypto(line)!)).toBe(line)
    for (const life of ['|2^20', '|1048576']) expect(parseCrypto(line + life)).toEqual(parseCrypto(line))
    expect(parseCrypto(`${line} WSH=64 -WHATEVER`)).toEqual(parseCrypto(line))
  })

  test.each([
    ['A104b a key that is too short', `1 ${suite} inline:AAAA`],
    ['A104b a key for another suite', `1 AES_256_CM_HMAC_SHA1_80 ${inline}`],
    ['A104b what is no base64', `1 ${suite} inline:!!!!`],
    ['A104c a lifetime of nonsense', `1 ${suite} ${inline}|long`],
    ['A104d a key with an MKI', `1 ${suite} ${inline}|2^20|1:4`],
    ['A104e a parameter that must be understood', `1 ${suite} ${inline} UNENCRYPTED_SRTP`],
    ['A104f a tag with a leading zero', `01 ${suite} ${inline}`],
    ['A104f a tag that is no number', `x ${suite} ${inline}`],
    ['A096 a suite that we do not have', `1 F8_128_HMAC_SHA1_80 ${inline}`],
    ['A104 another key method', `1 ${suite} uri:http://example.com`],
    ['A104 nothing', ''],
  ])('passes over %s', (_what, line) => {
    expect(parseCrypto(line)).toBeUndefined()
  })
})
