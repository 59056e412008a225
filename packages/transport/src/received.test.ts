import { parseMessage, SipRequest, Via } from '@netsip/message'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { applyReceived } from './received.ts'
import { sourceOf } from './source.ts'

function viaAfter(via: string, address: string, port = 5070): string | undefined {
  const request = new SipRequest({ method: 'OPTIONS', uri: 'sip:a@b', headers: { Via: via } })
  applyReceived(request, sourceOf('udp', address, port))
  return request.via?.toString()
}

function others(via: Via | undefined): string[] {
  const params = [...(via?.params ?? [])].filter(([name]) => !/^(received|rport)$/i.test(name))
  return params.map(([name]) => `${name}=${via?.params.raw(name)}`)
}

describe('applyReceived', () => {
  test('T020 notes the source when sent-by says something else', () => {
    expect(viaAfter('SIP/2.0/UDP host.example.com;branch=z9hG4bK1', '192.0.2.1')).toBe(
      'SIP/2.0/UDP host.example.com;branch=z9hG4bK1;received=192.0.2.1',
    )
    expect(viaAfter('SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bK1', '192.0.2.1')).toContain(';received=192.0.2.1')
  })

  test('T020 leaves a Via alone that says the truth', () => {
    const via = 'SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bK1'
    expect(viaAfter(via, '192.0.2.1')).toBe(via)
  })

  test('T021 T024 T025 compares addresses in binary form and writes them plainly', () => {
    expect(viaAfter('SIP/2.0/UDP [2001:DB8::0:1];branch=z9hG4bK1', '2001:db8::1')).not.toContain('received')
    expect(viaAfter('SIP/2.0/UDP [2001:db8::9];branch=z9hG4bK1', '2001:db8::1')).toContain(';received=2001:db8::1')
    expect(viaAfter('SIP/2.0/UDP h.example;branch=z9hG4bK1', '::ffff:192.0.2.7')).toContain(';received=192.0.2.7')
    expect(viaAfter('SIP/2.0/UDP h.example;branch=z9hG4bK1', 'fe80::1%eth0')).toMatch(/;received=fe80::1$/)
  })

  test('T022 answers rport with the port, and then always with the address', () => {
    expect(viaAfter('SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport', '192.0.2.1')).toBe(
      'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport=5070;received=192.0.2.1',
    )
  })

  test('T023 does not believe what the sender wrote', () => {
    const forged = 'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;received=198.51.100.9;rport=7'
    expect(viaAfter(forged, '192.0.2.1')).toBe(
      'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;received=192.0.2.1;rport=5070',
    )
    expect(viaAfter('SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1;received=198.51.100.9', '192.0.2.1')).toBe(
      'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1',
    )
  })

  test('T022 T023 however it is written, only received and rport change, to what was seen', () => {
    const space = fc.constantFrom('', '', '', ' ', '\t', '\r\n ')
    const name = fc.constantFrom('received', 'RECEIVED', 'rport', 'RPort', 'rportx', 'receive', 'branch', 'x', 'alias')
    const value = fc.constantFrom(
      '192.0.2.66',
      '[2001:db8::66]',
      'evil.example',
      '5060',
      '"a;rport"',
      '"\\";received=h"',
      'a=b',
    )
    const param = fc.tuple(space, name, space, fc.option(fc.tuple(space, fc.option(value))))
    const host = fc.constantFrom('h.example', '192.0.2.1', '192.0.2.1 : 5070', '[2001:DB8:0::1]:5090')
    const below = fc.constantFrom('', ', SIP/2.0/UDP below.example;rport;branch=z9hG4bK2')
    fc.assert(
      fc.property(
        host,
        fc.uniqueArray(param, { selector: (one) => one[1].toLowerCase() }),
        below,
        (sentBy, list, rest) => {
          const params = list.map(([before, each, after, said]) => {
            const is = said ? `=${said[0]}${said[1] ?? ''}` : ''
            return `${after};${before}${each}${is}`
          })
          const row = `SIP/2.0/UDP ${sentBy}${params.join('')}${rest}`
          let request: SipRequest
          try {
            request = parseMessage(`OPTIONS sip:a@b SIP/2.0\r\nVia: ${row}\r\n\r\n`) as SipRequest
            void request.via
          } catch {
            return
          }
          const { via } = request
          applyReceived(request, sourceOf('udp', '192.0.2.1', 7))
          const read = (parseMessage(request.toBytes()) as SipRequest).vias
          const isAsked = via?.params.has('rport') === true
          const isTrue = via?.host === '192.0.2.1'
          expect(read[0]?.rport).toBe(isAsked ? 7 : undefined)
          expect(read[0]?.received).toBe(isAsked || !isTrue ? '192.0.2.1' : undefined)
          expect(read[0]?.sentBy).toBe(via?.sentBy)
          expect(others(read[0])).toEqual(others(via))
          expect(read.slice(1).join()).toBe(rest.slice(2))
        },
      ),
    )
  })

  test('T020 touches the top Via only', () => {
    const request = new SipRequest({ method: 'OPTIONS', uri: 'sip:a@b' })
    request.pushVia(Via.parse('SIP/2.0/UDP first.example;branch=z9hG4bK1'))
    request.pushVia(Via.parse('SIP/2.0/TCP second.example;branch=z9hG4bK2'))
    applyReceived(request, sourceOf('tcp', '192.0.2.1', 1))
    expect(request.vias.map((via) => via.received)).toEqual(['192.0.2.1', undefined])
  })
})
