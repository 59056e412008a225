import fc from 'fast-check'
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { SipParseError } from '../base/parse-error.ts'
import { SipUri } from './sip-uri.ts'

const refused = expect.objectContaining({ code: 'ERR_SIP_PARSE', status: 400 })

test('M080 a URI is read in parts and comes back as it came', () => {
  const text = 'SIPS:alice:secretword@atlanta.com:5061;transport=TCP;lr?subject=project%20x&priority=urgent'
  const uri = SipUri.parse(text)
  expect(uri).toMatchObject({ scheme: 'sips', user: 'alice', password: 'secretword', host: 'atlanta.com', port: 5061 })
  expect(uri).toMatchObject({ transport: 'tcp', isSecure: true, lr: true, maddr: undefined })
  expect(uri.headers.get('Subject')).toBe('project x')
  expect(uri.headers.get('priority')).toBe('urgent')
  expect(uri.toString()).toBe(text)
})

test('M081 the user part may hold what ends other parts', () => {
  expect(SipUri.parse('sip:user;par=u%40example.net@example.com')).toMatchObject({
    user: 'user;par=u@example.net',
    host: 'example.com',
  })
  const odd = SipUri.parse(
    "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com",
  )
  expect(odd.user).toBe("1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*")
  expect(odd.password).toBe("&it+has=1,weird!*pas$wo~d_too.(doesn't-it)")
})

test('M082 M083 an @ needs a user; an empty password is not none', () => {
  expect(() => SipUri.parse('sip:@host')).toThrow(refused)
  expect(() => SipUri.parse('sip::pw@host')).toThrow(refused)
  expect(SipUri.parse('sip:user:@host').password).toBe('')
  expect(SipUri.parse('sip:user@host').password).toBeUndefined()
  expect(new SipUri({ user: 'user', password: '', host: 'host' }).toString()).toBe('sip:user:@host')
})

test('M084 M085 IPv6 stands in brackets, with the port outside', () => {
  expect(SipUri.parse('sip:[2001:db8::10:5070]')).toMatchObject({ host: '[2001:db8::10:5070]', port: undefined })
  expect(SipUri.parse('sip:[2001:db8::10]:5070')).toMatchObject({ host: '[2001:db8::10]', port: 5070 })
  expect(() => SipUri.parse('sip:2001:db8::10')).toThrow(refused)
})

test('M022 M073 M086 M088 M096 what is no sip URI is refused', () => {
  for (const bad of [
    '',
    'sip:',
    'sip',
    'tel:+1',
    '<sip:a@b>',
    'sip:a@b>',
    'sip:a b@c',
    ' sip:a@b',
    'sip:a@b ',
    'sip:a@b c',
    'sip:a@b:0',
    'sip:a@b:65536',
    'sip:a@b:',
    'sip:a@b:+5060',
    'sip:a@b%41',
    'sip:a@300.1.1.1',
    'sip:%Z@b',
    'sip:a%4@b',
    'sip:a@b;x=%4',
    'sip:a@b;;x',
    'sip:a@b;',
    'sip:a@b;lr;LR',
    'sip:a@b?x',
    'sip:a@b?=x',
    'sip:a@b?',
    'sip:a@b?x=1&',
    'sip:a@b@c',
    'sip:a:b:c@d',
    'sip:a@b;ttl=256',
    'sip:a@b;maddr=1.2.3.400',
    'sip:a\r\nb@c',
    'sip:a@[::1',
    'sip:a@[::1]x',
  ]) {
    expect(() => SipUri.parse(bad), bad).toThrow(refused)
  }
})

test('M090 M091 M092 parameters keep their order; lr counts whatever its value', () => {
  const uri = SipUri.parse(
    'sip:vivekg@chair-dnrc.example.com;unknownparam;lr=on;gr=urn:uuid:f8;maddr=239.255.255.1;ttl=15',
  )
  expect([...uri.params].map(([name]) => name)).toEqual(['unknownparam', 'lr', 'gr', 'maddr', 'ttl'])
  expect(uri.lr).toBe(true)
  expect(uri.maddr).toBe('239.255.255.1')
  expect(uri.params.get('gr')).toBe('urn:uuid:f8')
})

test('M093 the headers of a URI may be empty, repeated and carry a body', () => {
  const uri = SipUri.parse('sip:a@b?Subject=&Route=%3Csip:x%3E&route=%3Csip:y%3E&body=hi%0D%0A')
  expect(uri.headers.get('subject')).toBe('')
  expect(uri.headers.size).toBe(4)
  expect(uri.headers.get('body')).toBe('hi\r\n')
})

test('M094 M095 escapes resolve in user and parameters, names included', () => {
  expect(SipUri.parse('sips:%75se%72@example.com').user).toBe('user')
  const uri = SipUri.parse('sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31')
  expect(uri.lr).toBe(true)
  expect(uri.params.get('name')).toBe('value%41')
  expect(SipUri.parse('sip:%00@host').user).toBe('\0')
  expect(SipUri.parse('sip:%00%00@host').user).toBe('\0\0')
})

test('M097 what is built is escaped by component', () => {
  const uri = new SipUri({
    user: 'a b@c;d',
    password: 'p:w;',
    host: '2001:db8::1',
    port: 5060,
    params: { lr: null, x: 'a=b', none: undefined },
    headers: { Subject: 'a&b', Empty: '' },
  })
  expect(uri.toString()).toBe('sip:a%20b%40c;d:p%3Aw%3B@[2001:db8::1]:5060;lr;x=a%3Db?Subject=a%26b&Empty=')
})

test('M105 M106 sips cannot go over UDP; transport=tls is accepted', () => {
  expect(() => SipUri.parse('sips:a@b;transport=UDP')).toThrow(refused)
  expect(() => new SipUri({ scheme: 'sips', host: 'b', params: { transport: 'udp' } })).toThrow(
    expect.objectContaining({ code: 'ERR_SIP_ARGUMENT' }),
  )
  expect(SipUri.parse('sip:a@b;transport=tls').transport).toBe('tls')
})

test('M107c a default is never filled in', () => {
  expect(SipUri.parse('sip:b')).toMatchObject({ port: undefined, transport: undefined, user: undefined })
})

test('a change rewrites only what it names', () => {
  const uri = SipUri.parse('sip:a%3bb:p%77@H:5060;x=%61?y=%62')
  expect(uri.with({ port: 5070 }).toString()).toBe('sip:a%3bb:p%77@H:5070;x=%61?y=%62')
  expect(uri.with({ password: undefined, port: undefined, params: undefined, headers: {} }).toString()).toBe(
    'sip:a%3bb@H',
  )
  expect(uri.with({ user: undefined, password: undefined, scheme: 'sips' }).toString()).toBe('sips:H:5060;x=%61?y=%62')
  expect(uri.with({ params: uri.params.with('lr', null) }).toString()).toBe('sip:a%3bb:p%77@H:5060;x=%61;lr?y=%62')
})

test('M181 M182 a URI that cannot be written is refused', () => {
  const wrong = expect.objectContaining({ code: expect.stringMatching(/^ERR_SIP_(ARGUMENT|INJECTION)$/) })
  for (const bad of [
    { user: 'a\r\nb' },
    { user: '' },
    { password: 'x' },
    { user: 'a', password: 'x\n' },
    { host: 'a b' },
    { host: 'a\r\nb' },
    { host: '' },
    { port: 0 },
    { port: 70_000 },
    { scheme: 'tel' as 'sip' },
    { params: { a: 'x\r\n' } },
    { headers: { a: 'x\r\n' } },
  ]) {
    expect(() => new SipUri({ host: 'h', ...bad }), JSON.stringify(bad)).toThrow(wrong)
    expect(() => SipUri.parse('sip:h').with(bad), JSON.stringify(bad)).toThrow(wrong)
  }
})

test('M099 a password is not shown by inspection', () => {
  const uri = SipUri.parse('sip:alice:secret@h')
  expect(inspect(uri)).toBe('SipUri sip:alice:***@h')
  expect(JSON.stringify(uri)).not.toContain('secret')
})

test('M189 hostile text is read in one pass', () => {
  for (const c of [';', '?', '&', ':', '@', '[', '=', '%4', '"']) {
    for (const text of [`sip:${c.repeat(30_000)}`, `sip:a@b;${c.repeat(30_000)} `, `sip:a@b?a=${c.repeat(30_000)} `]) {
      expect(() => SipUri.parse(text), text.slice(0, 12)).toThrow(refused)
    }
  }
})

test('M190 any text is a URI or a SipParseError', () => {
  const soup = fc.array(
    fc.constantFrom('a', '@', ':', ';', '?', '&', '=', '%', '41', '[::1]', '.', 'lr', '5060', ' ', '<', 'ü'),
  )
  const texts = fc.oneof(
    soup.map((parts) => parts.join('')),
    fc.string(),
  )
  fc.assert(
    fc.property(texts, (rest) => {
      expect(readAgain(`sip:${rest}`)).toSatisfy((read) => read instanceof SipParseError || read === `sip:${rest}`)
    }),
  )
})

/** The text of what was read, once it proved equal to what it reads back as. */
function readAgain(text: string): unknown {
  try {
    const uri = SipUri.parse(text)
    return uri.equals(SipUri.parse(uri.with({}).toString())) && uri.toString()
  } catch (error) {
    return error
  }
}

test('M097 what the builder writes reads back', () => {
  const text = fc.string({ minLength: 1, unit: 'grapheme' }).filter((s) => !/[\r\n\0]/.test(s))
  const name = fc.stringMatching(/^[a-z]{1,6}x$/)
  fc.assert(
    fc.property(
      fc.record({
        user: text,
        password: text,
        host: fc.oneof(fc.constant('example.com'), fc.ipV4(), fc.ipV6()),
        port: fc.integer({ min: 1, max: 65_535 }),
        params: fc.dictionary(name, text),
        headers: fc.dictionary(name, text),
      }),
      (init) => {
        const uri = new SipUri(init)
        const back = SipUri.parse(uri.toString())
        expect(back).toMatchObject({ user: init.user, password: init.password, host: uri.host, port: init.port })
        expect(Object.fromEntries(back.params)).toEqual({ ...init.params })
        expect(Object.fromEntries(back.headers)).toEqual({ ...init.headers })
        expect(back.equals(uri)).toBe(true)
      },
    ),
  )
})

test('a text handed to the constructor is refused, and told where it belongs', () => {
  const message = expect.stringContaining('SipUri.parse(text)') as string
  const refused = expect.objectContaining({ code: 'ERR_SIP_ARGUMENT', message }) as Error
  for (const text of ['sip:a@b', 'b', '']) expect(() => new SipUri(text as never)).toThrow(refused)
  expect(() => new SipUri({ scheme: 'tel' as 'sip', host: 'b' })).toThrow(refused)
})

test('M081 M090 a colon among the parameters is none before a port', () => {
  for (const start of ['sip:h', 'sip:a@h', 'sip:a:p@h', 'sip:h:5070', 'sip:a@h:5070', 'sip:a%20@h']) {
    const uri = SipUri.parse(`${start};gr=urn:uuid:1:5060;x=:`)
    expect([uri.host, uri.port, uri.params.get('gr')]).toEqual([
      'h',
      start.endsWith('5070') ? 5070 : undefined,
      'urn:uuid:1:5060',
    ])
  }
})
