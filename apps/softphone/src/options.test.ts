import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import * as read from './options.ts'
import { scratchFolder } from './testing.ts'

describe('options', () => {
  test.each([
    ['127.0.0.1:5060', { host: '127.0.0.1', port: 5060 }],
    ['[::1]:5070', { host: '::1', port: 5070 }],
    ['[::1]', { host: '::1' }],
    ['example.com', { host: 'example.com' }],
    ['5080', { port: 5080 }],
    [':5080', { port: 5080 }],
    ['0.0.0.0:0', { host: '0.0.0.0', port: 0 }],
  ])('--listen %s', (text, address) => {
    expect(read.listenAddress(text)).toEqual(address)
  })

  test.each(['', ':', '127.0.0.1:', '::1:5060', '1.2.3.4:99999', 'a b:1', '[zz]:1'])(
    '--listen %j is refused',
    (text) => {
      expect(() => read.listenAddress(text)).toThrow(/HOST:PORT|port is a number/)
    },
  )

  test.each([
    ['bob@example.com', 'sip:bob@example.com'],
    ['sip:bob@example.com;transport=tcp', 'sip:bob@example.com;transport=tcp'],
    ['sips:bob@example.com', 'sips:bob@example.com'],
    ['127.0.0.1:5060', 'sip:127.0.0.1:5060'],
  ])('an address %s', (text, uri) => {
    expect(read.sipUri(text)).toBe(uri)
  })

  test.each(['sip:', 'bob@', 'a b@c', 'sip:bob@exa mple.com', ''])('an address %j is refused', (text) => {
    expect(() => read.sipUri(text)).toThrow('Give a SIP address such as')
  })

  test('--aor names a user', () => {
    expect(read.addressOfRecord('alice@example.com')).toBe('sip:alice@example.com')
    expect(() => read.addressOfRecord('sip:example.com')).toThrow('Give both user and domain')
  })

  test('--transport takes what is there and says what is not', () => {
    expect(read.transport('TCP')).toBe('tcp')
    expect(() => read.transport('sctp')).toThrow('Use udp, tcp, tls, ws or wss')
    expect(() => read.pem('/nowhere.pem')).toThrow('Give a PEM file that exists.')
    expect(read.srtp('sdes')).toBe('sdes')
    expect(() => read.srtp('dtls')).toThrow('Use off or sdes.')
  })

  test('TLS says what is missing', () => {
    expect(read.tlsProblem('call', { cert: 'x' })).toMatch('go together')
    expect(read.tlsProblem('serve', { transport: 'wss' })).toMatch('--cert and --key')
    expect(read.tlsProblem('answer', { transport: 'tls' })).toMatch('--registrar')
    expect(read.tlsProblem('answer', { transport: 'tls', registrar: 'sip:x' })).toBeUndefined()
    expect(read.tlsProblem('serve', { transport: 'tls', cert: 'x', key: 'y' })).toBeUndefined()
    expect(read.tlsProblem('call', { transport: 'tls' })).toBeUndefined()
  })

  test('--codec keeps the order', () => {
    expect(read.codecs('pcma, PCMU')).toEqual(['PCMA', 'PCMU'])
    expect(() => read.codecs('PCMU,OPUS')).toThrow('PCMU and PCMA')
    expect(() => read.codecs('constructor')).toThrow('PCMU and PCMA')
  })

  test('--dtmf takes the keys of a telephone', () => {
    expect(read.digits('42#*d')).toBe('42#*D')
    expect(() => read.digits('4x')).toThrow('DTMF digits')
  })

  test('numbers', () => {
    expect(read.seconds('1.5')).toBe(1.5)
    expect(() => read.seconds('-1')).toThrow('Give seconds')
    expect(() => read.seconds('1e9')).toThrow('Give seconds')
    expect(read.count('3')).toBe(3)
    expect(() => read.count('0')).toThrow('above 0')
    expect(read.refusal('486')).toBe(486)
    expect(() => read.refusal('200')).toThrow('300 to 699')
    expect(read.expirySeconds('300')).toBe(300)
    expect(() => read.expirySeconds('0')).toThrow(/above 0/)
  })

  test('--play', () => {
    const file = join(scratchFolder(), 'a.wav')
    expect(() => read.play(file)).toThrow('WAV file that exists')
    writeFileSync(file, '')
    expect(read.play(file)).toEqual({ kind: 'file', path: file })
    expect(read.play('tone:440')).toEqual({ kind: 'tone', hz: 440 })
    expect(read.play('echo')).toEqual({ kind: 'echo' })
    expect(() => read.play('tone:9000')).toThrow('20 to 3999')
  })

  test('--record needs a folder that is there', () => {
    const file = join(scratchFolder(), 'x.wav')
    expect(read.writable('.wav')(file)).toBe(file)
    expect(() => read.writable('.wav')('/nowhere/at/all/x.wav')).toThrow('no folder')
    expect(() => read.writable('.wav')('x.mp3')).toThrow('.wav')
  })

  test('--account collects, and a password may have colons', () => {
    const first = read.account('alice:a:b')
    expect(read.account('bob:c', first)).toEqual([
      { user: 'alice', password: 'a:b' },
      { user: 'bob', password: 'c' },
    ])
    for (const text of ['alice', ':x', 'alice:', 'a b:c', 'a@b:c'])
      expect(() => read.account(text)).toThrow('USER:PASSWORD')
  })

  test('--domain is a host', () => {
    expect(read.domain('example.com:5070')).toBe('example.com:5070')
    expect(() => read.domain('sip:example.com/x')).toThrow('host name')
  })
})
