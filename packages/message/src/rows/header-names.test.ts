import { expect, test } from 'vitest'
import * as names from './header-names.ts'

const { canonicalName, compactOf, findHeaderId, headerId, isList, isSingle, nameOf } = names

const kinds = (name: string): boolean[] => [isList(headerId(name)), isSingle(headerId(name))]

test('the numbers of headers are those of their names', () => {
  for (const [constant, id] of Object.entries(names)) {
    if (typeof id !== 'number' || id === names.UNKNOWN) continue
    expect(nameOf(id).toUpperCase().replaceAll('-', '_')).toBe(constant)
  }
})

test('M034 M041 headers whose values join, whose rows repeat, and that stand once', () => {
  for (const name of ['Via', 'Contact', 'Remote-Party-ID']) expect(kinds(name), name).toEqual([true, false])
  for (const name of ['WWW-Authenticate', 'Identity', 'X-Other']) expect(kinds(name), name).toEqual([false, false])
  for (const name of ['From', 'Content-Transfer-Encoding']) expect(kinds(name), name).toEqual([false, true])
})

test('M038 a name is found in any case, long and compact, as text and as octets', () => {
  for (const [written, name] of [
    ['Call-ID', 'Call-ID'],
    ['CALL-ID', 'Call-ID'],
    ['call-id', 'Call-ID'],
    ['i', 'Call-ID'],
    ['I', 'Call-ID'],
    ['y', 'Identity'],
  ] as const) {
    expect(canonicalName(written)).toBe(name)
    const octets = new TextEncoder().encode(`<${written}:`)
    expect(nameOf(findHeaderId(octets, 1, octets.length - 1))).toBe(name)
  }
  expect([compactOf(names.CALL_ID), compactOf(names.CSEQ)]).toEqual(['i', ''])
})

test('what is no name that netsip knows stays as it is', () => {
  for (const name of ['', 'Q', 'X-Call-ID', 'Call\rID', 'constructor']) {
    expect(canonicalName(name)).toBe(name)
    const octets = new TextEncoder().encode(name)
    expect(findHeaderId(octets, 0, octets.length)).toBe(names.UNKNOWN)
  }
})
