import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SipUri } from '../uri/sip-uri.ts'
import { Params } from './params.ts'
import { MAX_PARAMS, parseHeaderParams } from './scan-params.ts'

const parse = (text: string) => parseHeaderParams(text, 0)
const some = (count: number) => Array.from({ length: count }, (_, i) => `;p${i}`).join('')
const refused = expect.objectContaining({ code: 'ERR_SIP_PARSE', status: 400 })

test('M060 space is allowed around ; and =', () => {
  const params = parse(' ; tag = x ;\tlr ; q="a b" ')
  expect([...params]).toEqual([
    ['tag', 'x'],
    ['lr', ''],
    ['q', 'a b'],
  ])
  expect(params.toString()).toBe(';tag=x;lr;q="a b"')
})

test('M062 a value is a token, a host or a quoted string, or there is none', () => {
  const params = parse(';a=1.5;b=[2001:db8::1];c="x;y,\\"z";d')
  expect(params.get('b')).toBe('[2001:db8::1]')
  expect(params.get('c')).toBe('x;y,"z')
  expect(params.raw('c')).toBe('"x;y,\\"z"')
  expect(params.get('d')).toBe('')
  expect(params.get('e')).toBeUndefined()
  for (const bad of [';', ';;a', ';a;', ';a=<b>', ';a=b"c"', ';a="b', ';a="b"c', 'a', ';a b', ';a=b c']) {
    expect(() => parse(bad), bad).toThrow(refused)
  }
})

test('M062 values that are no token but cannot be mistaken are let through', () => {
  expect(parse(';tag=a@b/c==;x').get('tag')).toBe('a@b/c==')
})

test('M063 names compare without regard to case', () => {
  expect(parse(';Branch=x').get('bRANCH')).toBe('x')
  expect(parse(';Branch=x').with('branch', 'y').toString()).toBe(';Branch=y')
})

test('M051 a parameter that is there twice is refused', () => {
  expect(() => parse(';branch=a;Branch=b')).toThrow(refused)
  const many = Array.from({ length: 20 }, (_, i) => `;p${i}`).join('')
  expect(() => parse(`${many};P3=x`)).toThrow(refused)
  expect(() => parse(`${many};P19=x`)).toThrow(refused)
})

test('M189 the number of parameters is bounded', () => {
  expect(parse(some(MAX_PARAMS)).size).toBe(MAX_PARAMS)
  expect(() => parse(some(MAX_PARAMS + 1))).toThrow(refused)
})

test('M185 names of Object.prototype are names like any other', () => {
  const params = parse(';__proto__=a;constructor=b;toString')
  expect(params.get('__proto__')).toBe('a')
  expect(params.get('constructor')).toBe('b')
  expect(parse('').has('__proto__')).toBe(false)
  expect(parse('').get('toString')).toBeUndefined()
  expect(Params.of(JSON.parse('{"__proto__":"x"}') as Record<string, string>).get('__proto__')).toBe('x')
})

test('M181 names and values cannot break the line', () => {
  const injection = expect.objectContaining({ code: 'ERR_SIP_INJECTION' })
  expect(() => Params.of({ a: 'b\r\nX: y' })).toThrow(injection)
  expect(() => Params.of({ 'a\r\nX': 'y' })).toThrow(injection)
  expect(() => Params.of({ 'a b': 'y' })).toThrow(expect.objectContaining({ code: 'ERR_SIP_ARGUMENT' }))
})

test('parameters are set in place, added at the end, made flags and removed; the original stays', () => {
  const params = parse(';a=1;b="x";c')
  expect(params.with('a', '2').with('d', null).with('c', undefined).toString()).toBe(';a=2;b="x";d')
  expect(params.with('b', null).toString()).toBe(';a=1;b;c')
  expect(params.with('none', undefined)).toBe(params)
  expect(params.toString()).toBe(';a=1;b="x";c')
  expect(Params.of({ x: 'a b', y: undefined, z: null, n: 5, v6: '2001:db8::1' }).toString()).toBe(
    ';x="a b";z;n=5;v6=2001:db8::1',
  )
})

test('parameters written for a header are escaped when they move into a URI, and the other way round', () => {
  const uri = Params.of(parse(';a="x y";lr'), 'uri')
  expect(uri.toString()).toBe(';a=x%20y;lr')
  expect(uri.get('a')).toBe('x y')
  expect(Params.of(uri).toString()).toBe(';a="x y";lr')
})

test('M062 whatever is written reads back', () => {
  const name = fc.stringMatching(/^[a-zA-Z0-9+.~-]{1,10}$/)
  const value = fc.option(fc.string({ minLength: 1, unit: 'grapheme' }))
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(name, value), { selector: ([n]) => n.toLowerCase() }), (pairs) => {
      fc.pre(pairs.every(([, v]) => v === null || !/[\r\n\0]/.test(v)))
      const params = Params.of(pairs)
      const back = parse(params.toString())
      expect([...back]).toEqual(pairs.map(([n, v]) => [n, v ?? '']))
      expect(back.toString()).toBe(params.toString())
    }),
  )
})

test('a header of a URI that is there several times is removed as often', () => {
  const params = SipUri.parse('sip:h?Route=a&x=y&route=b&Route=c').headers
  expect(params.with('Route', undefined).toString()).toBe('?x=y')
  expect(SipUri.parse('sip:h?a=1&a=2').headers.with('a', undefined).toString()).toBe('')
})

test('M062 what stands between quotes is no parameter, however much it looks like one', () => {
  // 'ta' and 'tag' share what is known of all names before one is looked for
  const params = Params.of({ ta: '1', x: 'a;tag=b' })
  expect(params.get('tag')).toBe(undefined)
  expect(params.with('tag', 'c').toString()).toBe(';ta=1;x="a;tag=b";tag=c')
})

const many = (count: number): string => Array.from({ length: count }, (_, i) => `;p${i}=1`).join('')

test('M189 as many parameters as are bounded are read, and no more', () => {
  expect(SipUri.parse(`sip:h${many(MAX_PARAMS)}`).params.size).toBe(MAX_PARAMS)
  expect(SipUri.parse(`sip:h${many(MAX_PARAMS)};%70=1`.replace(';p0=1', '')).params.size).toBe(MAX_PARAMS)
  expect(() => SipUri.parse(`sip:h${many(MAX_PARAMS + 1)}`)).toThrow('too many')
  expect(() => SipUri.parse(`sip:h${many(MAX_PARAMS)};%70=1`)).toThrow('too many')
})
