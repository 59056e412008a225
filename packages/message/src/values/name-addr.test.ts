import fc from 'fast-check'
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { SipParseError } from '../base/parse-error.ts'
import { SipUri } from '../uri/sip-uri.ts'
import { NameAddr } from './name-addr.ts'

const refused = expect.objectContaining({ code: 'ERR_SIP_PARSE', status: 400 })

test('a name-addr is read in parts and comes back as it came', () => {
  const text = '"Alice \\"A\\" Smith"  <sip:alice@atlanta.com;transport=tcp> ; tag = 88sja8x'
  const value = NameAddr.parse(text)
  expect(value.displayName).toBe('Alice "A" Smith')
  expect(value.uri.toString()).toBe('sip:alice@atlanta.com;transport=tcp')
  expect(value.tag).toBe('88sja8x')
  expect(value.toString()).toBe(text)
})

test('M121 without <> every parameter belongs to the header', () => {
  const plain = NameAddr.parse('sip:watson@example.com;unknownparam;tag=x')
  expect(plain.uri.toString()).toBe('sip:watson@example.com')
  expect([...plain.params]).toEqual([
    ['unknownparam', ''],
    ['tag', 'x'],
  ])
  expect(plain.bracketed).toBe(false)
  const bracketed = NameAddr.parse('<sip:watson@example.com;unknownparam>')
  expect((bracketed.uri as SipUri).params.has('unknownparam')).toBe(true)
  expect(bracketed.params.size).toBe(0)
  expect(bracketed.bracketed).toBe(true)
})

test('M123 a question mark outside <> is refused', () => {
  expect(() => NameAddr.parse('sip:user@example.com?Route=%3Csip:sip.example.com%3E')).toThrow(refused)
  const inside = NameAddr.parse('<sip:user@example.com?Route=%3Csip:sip.example.com%3E>')
  expect((inside.uri as SipUri).headers.get('route')).toBe('<sip:sip.example.com>')
})

test('M125 a display name is tokens or a quoted string, with or without space before <', () => {
  expect(NameAddr.parse('caller<sip:caller@example.com>;tag=323').displayName).toBe('caller')
  expect(NameAddr.parse("token1~` token2'+_ token3*%!.- <sip:mundane@example.com>").displayName).toBe(
    "token1~` token2'+_ token3*%!.-",
  )
  expect(NameAddr.parse('""<sip:a@b>').displayName).toBe('')
  expect(NameAddr.parse('<sip:a@b>').displayName).toBeUndefined()
  for (const bad of [
    'Bell, Alexander <sip:a@b>',
    'a@b <sip:a@b>',
    'a:b <sip:a@b>',
    '"a" b <sip:a@b>',
    'a "b" <sip:a@b>',
  ]) {
    expect(() => NameAddr.parse(bad), bad).toThrow(refused)
  }
})

test('M098 a percent sign in a display name is no escape', () => {
  expect(NameAddr.parse('"%Z%45" <sip:resource@example.com>').displayName).toBe('%Z%45')
})

test('M126 space inside <> is refused', () => {
  for (const bad of ['< sip:a@b>', '<sip:a@b >', '<>', '<sip:a@b', '"A" <sip:a@b', '<<sip:a@b>>']) {
    expect(() => NameAddr.parse(bad), bad).toThrow(refused)
  }
  expect(() => NameAddr.parse('<sip:a @b>').uri).toThrow(refused)
})

test('M055 M047 quotes without end and empty elements are refused', () => {
  for (const bad of ['', ' ', '"Mr. J. User <sip:j.user@example.com>', '"A"', '"A" sip:a@b', ';tag=x', '<sip:a@b> x']) {
    expect(() => NameAddr.parse(bad), bad).toThrow(refused)
  }
})

test('M104 an address without a scheme is refused when it is asked for', () => {
  expect(() => NameAddr.parse('user@example.com;tag=1').uri).toThrow(refused)
})

test('M127 a builder quotes names that are not one token, and always writes <>', () => {
  const uri = 'sip:bob@biloxi.com'
  expect(new NameAddr({ displayName: 'Bob', uri }).toString()).toBe('Bob <sip:bob@biloxi.com>')
  expect(new NameAddr({ displayName: 'Bob "B" \\', uri, params: { q: '0.5' } }).toString()).toBe(
    '"Bob \\"B\\" \\\\" <sip:bob@biloxi.com>;q=0.5',
  )
  expect(new NameAddr({ uri: new SipUri({ host: 'h', params: { lr: null } }) }).toString()).toBe('<sip:h;lr>')
  expect(() => new NameAddr({ displayName: 'a\r\nRoute: <sip:evil>', uri })).toThrow(
    expect.objectContaining({ code: 'ERR_SIP_INJECTION' }),
  )
})

test('M128 addresses are equal by URI and tag; name and other parameters do not count', () => {
  const value = NameAddr.parse('"A. G. Bell" <sip:agb@bell-telephone.com>;tag=a48s;x=1')
  expect(value.equals(NameAddr.parse('sip:agb@Bell-Telephone.com;tag=a48s'))).toBe(true)
  expect(value.equals(NameAddr.parse('sip:agb@bell-telephone.com;tag=other'))).toBe(false)
  expect(value.equals(NameAddr.parse('sip:agb@bell-telephone.com'))).toBe(false)
})

test('M129 a tag is a token', () => {
  expect(() => NameAddr.parse('<sip:a@b>;tag="x"')).toThrow(refused)
  expect(() => NameAddr.parse('<sip:a@b>').with({ tag: 'a b' })).toThrow(
    expect.objectContaining({ code: 'ERR_SIP_ARGUMENT' }),
  )
})

test('a change rewrites only what it names', () => {
  const value = NameAddr.parse('"A  B" <sip:%61@b>;x="1" ;tag=old')
  expect(value.with({ tag: 'new' }).toString()).toBe('"A  B" <sip:%61@b>;x="1";tag=new')
  expect(value.with({ tag: undefined }).toString()).toBe('"A  B" <sip:%61@b>;x="1"')
  expect(value.with({ displayName: undefined, params: {} }).toString()).toBe('<sip:%61@b>')
  expect(value.with({ uri: 'sip:c@d' }).toString()).toBe('"A  B" <sip:c@d>;x="1";tag=old')
  expect(value.toString()).toBe('"A  B" <sip:%61@b>;x="1" ;tag=old')
})

test('M140 contact parameters are kept', () => {
  const contact = NameAddr.parse('<sip:a@b>;+sip.instance="<urn:uuid:0-1>";reg-id=1;q=0.7;expires=3600')
  expect(contact.params.get('+sip.instance')).toBe('<urn:uuid:0-1>')
  expect(contact.with({ tag: 't' }).toString()).toContain(';+sip.instance="<urn:uuid:0-1>";reg-id=1')
})

test('M099 a password is not shown by inspection', () => {
  expect(inspect(NameAddr.parse('A <sip:alice:secret@h>;tag=1'))).toBe('NameAddr A <sip:alice:***@h>;tag=1')
})

test('M189 hostile text is read in one pass', () => {
  for (const c of ['\\', '(', ',', ';', '"', ' ', '%', '<', '=', '\t']) {
    for (const text of [c.repeat(65_536), `"${c.repeat(65_536)}`, `<sip:a@b>${c.repeat(65_536)}x`]) {
      expect(() => NameAddr.parse(text).uri, text.slice(0, 12)).toThrow(refused)
    }
  }
})

test('M190 any text is a value or a SipParseError', () => {
  const soup = fc.array(
    fc.constantFrom('"', '<', '>', ';', ',', '=', 'sip:', 'a@b', 'tag', '\\', ' ', '[::1]', ':', '?', 'ü', '%4'),
  )
  const texts = fc.oneof(
    soup.map((parts) => parts.join('')),
    fc.string(),
  )
  fc.assert(
    fc.property(texts, (text) => {
      expect(textOf(text)).toSatisfy((read) => read instanceof SipParseError || read === text)
    }),
  )
})

function textOf(text: string): unknown {
  try {
    const value = NameAddr.parse(text)
    return value.uri.toString() !== '' && value.toString()
  } catch (error) {
    return error
  }
}

test('M014 a NUL that is not in a quoted-pair is refused wherever it stands', () => {
  for (const text of [
    '<sip:x\0y@b>',
    '<sip:b>;a=\0',
    '<sip:b;a=\0>',
    'a\0 <sip:b>',
    'sip:x\0y@b',
    '"\0" <sip:b>',
    'sip:b;\0',
  ]) {
    expect(() => NameAddr.parse(text), JSON.stringify(text)).toThrow(SipParseError)
  }
})

test('M056c what the builder writes reads back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.stringMatching(/^[a-z0-9]{1,8}$/), (displayName, tag) => {
      fc.pre(!/[\r\n\0]/.test(displayName))
      const value = new NameAddr({ displayName, uri: 'sip:a@b', params: { tag } })
      const back = NameAddr.parse(value.toString())
      expect(back.displayName ?? '').toBe(displayName)
      expect(back.tag).toBe(tag)
      expect(back.equals(value)).toBe(true)
    }),
  )
})

test('M014 M178 a value that gets another URI keeps its name as it came', () => {
  for (const [text, written] of [
    ['"\\\0 \\a" <sip:a@h>;tag=1', '"\\\0 \\a" <sip:b@h>;tag=1'],
    ['Mr.  J\tUser<sip:a@h>', 'Mr.  J\tUser<sip:b@h>'],
    ['<sip:a@h>', '<sip:b@h>'],
    ['sip:a@h;tag=1', '<sip:b@h>;tag=1'],
  ] as const) {
    const value = NameAddr.parse(text)
    const other = value.with({ uri: 'sip:b@h' })
    expect([String(other), other.uri.toString(), other.displayName]).toEqual([written, 'sip:b@h', value.displayName])
    expect(String(other.with({ uri: 'sip:c@h', tag: '2' }))).toBe(
      String(value.with({ tag: '2' })).replace(/<?sip:a@h>?/, '<sip:c@h>'),
    )
    expect(String(value.with({ displayName: 'X', uri: 'sip:b@h' }))).toMatch(/^X <sip:b@h>/)
    expect(String(value.with({ displayName: undefined }))).toMatch(/^<sip:a@h>/)
  }
})

test('M129 a tag among the parameters must be a token too', () => {
  const value = NameAddr.parse('<sip:a@h>;tag=x')
  for (const tag of ['a b', '"', null]) {
    const bad = expect.objectContaining({ code: 'ERR_SIP_ARGUMENT' })
    expect(() => value.with({ params: { tag } })).toThrow(bad)
    expect(() => new NameAddr({ uri: 'sip:a@h', params: { tag } })).toThrow(bad)
  }
  expect(String(value.with({ params: { tag: 'y' } }))).toBe('<sip:a@h>;tag=y')
})
