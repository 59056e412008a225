import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalEscapes, escapeUri, unescapeUri } from './escape.ts'

test('M094 escapes are resolved once, in either case', () => {
  expect(unescapeUri('%25%34%31')).toBe('%41')
  expect(unescapeUri('%6a%6A')).toBe('jj')
  expect(unescapeUri('J%C3%A4s%c3%b8n')).toBe('Jäsøn')
})

test('M095 an escaped NUL does not end the text', () => {
  expect(unescapeUri('null-%00-null')).toBe('null-\0-null')
})

test('M096 a malformed escape is refused', () => {
  for (const bad of ['%', '%4', '%Z0', 'a%4Gb', '%%41']) {
    expect(() => unescapeUri(bad), bad).toThrow(expect.objectContaining({ code: 'ERR_SIP_PARSE' }))
  }
})

test('M097 each component escapes what its grammar does not allow', () => {
  const all = 'az09-_.!~*\'()&=+$,;?/[]:@ %#"<>'
  expect(escapeUri(all, 'user')).toBe("az09-_.!~*'()&=+$,;?/%5B%5D%3A%40%20%25%23%22%3C%3E")
  expect(escapeUri(all, 'password')).toBe("az09-_.!~*'()&=+$,%3B%3F%2F%5B%5D%3A%40%20%25%23%22%3C%3E")
  expect(escapeUri(all, 'param')).toBe("az09-_.!~*'()&%3D+$%2C%3B%3F/[]:%40%20%25%23%22%3C%3E")
  expect(escapeUri(all, 'header')).toBe("az09-_.!~*'()%26%3D+$%2C%3B?/[]:%40%20%25%23%22%3C%3E")
})

test('M108 an escape that was not needed is resolved for comparison, any other stays apart', () => {
  expect(canonicalEscapes('%61%3b%3B;')).toBe('a%3B%3B;')
})

test('M097 whatever is escaped reads back', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('user', 'password', 'param', 'header'),
      (text, component) => {
        const escaped = escapeUri(text, component)
        expect(escaped).toMatch(/^[\x21-\x7e]*$/)
        expect(unescapeUri(escaped)).toBe(text)
      },
    ),
  )
})
