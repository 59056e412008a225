import { expect, test } from 'vitest'
import { HistoryInfo } from '../headers/history-info.ts'
import { parseUri } from '../uri/parse-uri.ts'
import { SipUri } from '../uri/sip-uri.ts'
import { NameAddr } from '../values/name-addr.ts'
import { Via } from '../values/via.ts'

// Space where the grammar allows it keeps a value from the usual shape, and must not change what is read.
const read = (text: string): unknown => {
  const { protocol, host, port, params } = Via.parse(text)
  return { protocol, host, port, params: [...params] }
}

test('M060 a Via reads the same with space in it and without', () => {
  for (const rest of [
    ';branch=z9hG4bKa;rport=5066;received=192.0.2.1',
    ';BRANCH=z9hG4bKa;Rport=64999;Received=192.0.2.1;ttl=1;maddr=224.2.0.1',
    ';rport;branch=z9hG4bKa;a=1;b=2;c;d=x=y',
    '',
  ]) {
    for (const host of [
      'a-b.example.com:5060',
      'example',
      '192.0.2.1:65535',
      '192.0.2.1',
      'a_b',
      'a--b.c',
      '[::1]:1',
    ]) {
      const spaced = `SIP / 2.0 / TCP ${host} ${rest.replaceAll(';', ' ; ').replace('=', ' = ')}`
      expect(read(`SIP/2.0/TCP ${host}${rest}`), spaced).toEqual(read(spaced))
    }
  }
})

test('M051 a parameter that is there twice is refused however the rest looks', () => {
  for (const params of [';branch=a;Branch=b', ';q=1;q', ';q;Q=1', ';ab=1;abc=2;aB=3', ';rport;rport=1']) {
    expect(() => Via.parse(`SIP/2.0/UDP a${params}`), params).toThrow('twice')
    expect(() => NameAddr.parse(`<sip:a>${params}`), params).toThrow('twice')
    expect(() => SipUri.parse(`sip:a${params}`), params).toThrow('twice')
  }
})

test('M062 a quoted value reads the same beside space and without, and a tag is never quoted', () => {
  for (const value of ['"<urn:uuid:1>"', '"a;b"', '"a\\"b"', '""', '"x=y,z"']) {
    const plain = NameAddr.parse(`<sip:a>;+sip.instance=${value};q=1`).params
    const spaced = NameAddr.parse(`<sip:a> ; +sip.instance = ${value} ; q = 1`).params
    expect([...plain], value).toEqual([...spaced])
    expect(plain.get('q')).toBe('1')
    expect(plain.with('+sip.instance', undefined).toString()).toBe(';q=1')
    expect(() => NameAddr.parse(`<sip:a>;x=1;tag=${value}`), value).toThrow('token')
  }
  expect(() => NameAddr.parse('<sip:a>;x="a";X=b')).toThrow('twice')
  expect(() => NameAddr.parse('<sip:a>;x="a"b')).toThrow('unexpected')
})

test('M134 values of Via parameters are checked however the rest looks', () => {
  expect(() => Via.parse('SIP/2.0/UDP [1:2];rport')).toThrow('without a host')
  for (const param of [
    'rport=0',
    'rport=65536',
    'received=1.2.3.4.5',
    'ttl=256',
    'TTL=x',
    'branch="x"',
    'maddr=a..b',
    'received',
  ]) {
    expect(() => Via.parse(`SIP/2.0/UDP a;x=1;${param}`), param).toThrow(/not a|token/)
  }
})

test('M189 a value of any length is read or refused by SipParseError', () => {
  const refused = expect.objectContaining({ code: 'ERR_SIP_PARSE' })
  const long = ';a'.repeat(2_000_000)
  expect(() => Via.parse(`SIP/2.0/UDP a${long}`)).toThrow(refused)
  expect(() => NameAddr.parse(`<sip:a>${long}`)).toThrow(refused)
  const labels = 'a.'.repeat(10_000_000)
  for (const bad of [`sip:${labels}-`, `sip:${labels}`, `sip:a@${labels}1`])
    expect(() => parseUri(bad)).toThrow(refused)
  expect(() => Via.parse(`SIP/2.0/UDP ${labels} ;a`)).toThrow(refused)
  expect(() => HistoryInfo.parse(`<sip:a>;index=${'1.'.repeat(10_000_000)}`)).toThrow(refused)
})
