import { parseUri } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import { hopOf } from './hop.ts'

describe('hopOf', () => {
  test.each([
    ['sip:alice@example.com', { host: 'example.com', secure: false }],
    ['sip:example.com:5070;transport=TCP', { host: 'example.com', port: 5070, transport: 'tcp', secure: false }],
    ['sip:[2001:db8::1]:5070', { host: '2001:db8::1', port: 5070, secure: false }],
    ['sip:example.com;maddr=192.0.2.1', { host: '192.0.2.1', secure: false }],
    ['sips:example.com', { host: 'example.com', secure: true }],
    ['sips:example.com;transport=tcp', { host: 'example.com', transport: 'tls', secure: true }],
    ['sips:example.com;transport=ws', { host: 'example.com', transport: 'wss', secure: true }],
    ['sip:example.com;transport=tls', { host: 'example.com', transport: 'tls', secure: false }],
  ])('T093 T094 %s', (uri, hop) => {
    expect(hopOf(parseUri(uri))).toEqual(hop)
  })

  test.each(['tel:+358-555-1234567', 'sip:h;transport=carrier-pigeon', 'mailto:a@b'])(
    'T071b %s leads nowhere, and the error says so',
    (uri) => {
      expect(() => hopOf(parseUri(uri))).toThrow(expect.objectContaining({ code: 'ERR_SIP_UNRESOLVED' }))
    },
  )
})
