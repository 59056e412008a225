import { parseUri } from '@netsip/message'
import { VirtualClock } from '@netsip/runtime/testing'
import { Dispatcher } from '@netsip/dispatcher'
import { MemoryNetwork } from '@netsip/transport/testing'
import { describe, expect, test } from 'vitest'
import { Domains } from './domains.ts'

const clock = new VirtualClock()
const network = new MemoryNetwork({ clock })
const legs = [network.listen({ host: '10.0.0.1', port: 5070 }), network.listen({ host: '2001:db8::1', port: 5060 })]
const dispatcher = new Dispatcher({ legs, clock, aliases: ['sip.example.com'] })
const domains = new Domains(['Example.com', '10.0.0.1:5090', '[2001:db8::2]'], dispatcher)

describe('Domains', () => {
  test.each([
    ['sip:alice@EXAMPLE.com', 'sip:alice@example.com'],
    ['sips:alice@example.com', 'sip:alice@example.com'],
    ['sip:alice@example.com:5060;transport=tcp', 'sip:alice@example.com'],
    ['sip:alice@example.com:5070', 'sip:alice@example.com'],
    ['sip:alice@example.com:9999', undefined],
    ['sip:alice@sub.example.com', undefined],
    ['sip:alice@10.0.0.1:5090', 'sip:alice@10.0.0.1:5090'],
    ['sip:alice@10.0.0.1', undefined],
    ['sip:alice@[2001:DB8::2]', 'sip:alice@[2001:db8::2]'],
    ['sip:example.com', undefined],
    ['tel:+15550123', undefined],
  ])('R001 R062 the address-of-record of %s is %s', (uri, aor) => {
    expect(domains.aor(parseUri(uri))).toBe(aor)
  })

  test.each([
    ['sip:example.com', true],
    ['sip:anything@example.com;lr', true],
    ['sip:10.0.0.1:5070;lr', true],
    ['sip:10.0.0.1;lr', false],
    ['sip:10.0.0.1:5080', false],
    ['sip:[2001:db8::1]', true],
    ['sip:sip.example.com', true],
    ['sip:10.0.0.2:5070', false],
    ['mailto:alice@example.com', false],
  ])('R059 %s names this server: %s', (uri, own) => {
    expect(domains.isSelf(parseUri(uri))).toBe(own)
  })

  test.each([
    ['sip:alice@10.0.0.1', '10.0.0.1:5090'],
    ['sip:alice@10.0.0.1:5090', '10.0.0.1:5090'],
    ['sip:alice@10.0.0.1:5070', undefined],
    ['sip:alice@example.com', 'example.com'],
    ['sip:alice@10.0.0.2', undefined],
    ['tel:+15550123', undefined],
  ])('R007 From and To name no port (19.1.1): %s is of %s', (address, domain) => {
    expect(domains.findAddress(parseUri(address))).toBe(domain)
  })

  test.each([
    ['sip:alice@10.0.0.1', 'sip:10.0.0.1:5090', 'sip:alice@10.0.0.1:5090'],
    ['sip:alice@10.0.0.1:5090', 'sip:10.0.0.1:5090', 'sip:alice@10.0.0.1:5090'],
    ['sip:alice@10.0.0.1:5091', 'sip:10.0.0.1:5090', undefined],
    ['sip:alice@example.com', 'sip:10.0.0.1:5090', undefined],
    ['sip:alice@10.0.0.1', 'sip:example.com', undefined],
    ['sip:alice@10.0.0.1', 'sip:10.0.0.1', undefined],
    ['sips:Alice@EXAMPLE.com', 'sip:example.com', 'sip:Alice@example.com'],
    ['sip:10.0.0.1', 'sip:10.0.0.1:5090', undefined],
    ['tel:+15550123', 'sip:example.com', undefined],
  ])('R007 %s registered at %s is %s', (address, requestUri, aor) => {
    expect(domains.registered(parseUri(address), parseUri(requestUri))).toBe(aor)
  })

  test('the names come in their order', () => {
    expect(domains.names).toEqual(['example.com', '10.0.0.1:5090', '[2001:db8::2]'])
    expect(() => new Domains(['no good'], dispatcher)).toThrow(expect.objectContaining({ code: 'ERR_SIP_PARSE' }))
  })
})
