import { describe, expect, test } from 'vitest'
import { defaultPort, isReliable, isSecure, parseProtocol, type Protocol } from './protocol.ts'

describe('protocols', () => {
  test.each<[Protocol, number, boolean, boolean]>([
    ['udp', 5060, false, false],
    ['tcp', 5060, true, false],
    ['tls', 5061, true, true],
    ['ws', 80, true, false],
    ['wss', 443, true, true],
  ])('T002 %s has port %d', (protocol, port, reliable, secure) => {
    expect([defaultPort(protocol), isReliable(protocol), isSecure(protocol)]).toEqual([port, reliable, secure])
    expect(parseProtocol(protocol.toUpperCase())).toBe(protocol)
  })

  test('knows no others', () => {
    expect(['sctp', 'dtls', '', 'constructor'].map(parseProtocol)).toEqual([undefined, undefined, undefined, undefined])
  })
})
