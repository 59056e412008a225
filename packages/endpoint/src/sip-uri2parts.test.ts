import { describe, expect, test } from 'vitest'
import { sipUri2parts } from './sip-uri2parts.ts'

describe('sipUri2parts', () => {
  test('S135 takes an address apart: domain in lower case, user, proto, parameters, data', () => {
    expect(sipUri2parts('sip:Me@EXAMPLE.com:5070;transport=tcp;lr')).toEqual([
      'example.com:5070',
      'Me',
      'sip',
      { transport: 'tcp', lr: '' },
      'sip:Me@EXAMPLE.com:5070',
    ])
    expect(sipUri2parts('"Me" <sips:me@example.com>;tag=x')).toEqual([
      'example.com',
      'me',
      'sips',
      { tag: 'x' },
      'Me <sips:me@example.com>',
    ])
  })

  test.each([
    ['example.com', 'example.com', 'sip'],
    ['example.com:5062', 'example.com:5062', 'sip'],
    ['[2001:db8::1]:5062', '[2001:db8::1]:5062', 'sip'],
    ['sips:example.com', 'example.com', 'sips'],
    ['SIP:192.168.0.10:5060', '192.168.0.10:5060', 'sip'],
  ])('S039 %s names %s', (text, domain, proto) => {
    const parts = sipUri2parts(text)
    expect([parts[0], parts[2]]).toEqual([domain, proto])
  })

  test('takes a user apart that holds what none may be given', () => {
    expect(sipUri2parts('<sip:a%00b:pw@h:5070;x=y?s=t>;tag=1')).toEqual([
      'h:5070',
      'a\0b',
      'sip',
      { x: 'y', tag: '1' },
      'sip:a%00b@h:5070',
    ])
  })

  test('what is no address is refused with a clear error', () => {
    for (const bad of ['', 'sip:', '<tel:+1>', 'a b c']) {
      expect(() => sipUri2parts(bad)).toThrow(expect.objectContaining({ code: 'ERR_SIP_ARGUMENT' }))
    }
  })
})
