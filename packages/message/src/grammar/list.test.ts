import fc from 'fast-check'
import { expect, test } from 'vitest'
import { splitList } from './list.ts'

test('M041 splits lists at commas', () => {
  expect(splitList('INVITE, ACK,BYE\t,\tCANCEL')).toEqual(['INVITE', 'ACK', 'BYE', 'CANCEL'])
  expect(splitList('  one  ')).toEqual(['one'])
})

test('M032 an empty value has no elements', () => {
  expect(splitList('')).toEqual([])
  expect(splitList(' \t')).toEqual([])
})

test('M042 commas inside quotes and <> do not split, escapes are respected', () => {
  expect(splitList('"Bell, \\", A" <sip:a,b@c>;x="1,2", <sip:d>')).toEqual([
    '"Bell, \\", A" <sip:a,b@c>;x="1,2"',
    '<sip:d>',
  ])
})

test('M047 empty elements are kept for the element to refuse', () => {
  expect(splitList('a,,b,')).toEqual(['a', '', 'b', ''])
})

test('M042 what is not closed runs to the end', () => {
  expect(splitList('a,"b,c')).toEqual(['a', '"b,c'])
  expect(splitList('a,<b,c')).toEqual(['a', '<b,c'])
})

test('M041 joined elements split into the same elements', () => {
  const element = fc.stringMatching(/^[a-z0-9;=:@.]{1,20}$/)
  fc.assert(
    fc.property(fc.array(element, { minLength: 1 }), fc.constantFrom(',', ', ', ' ,\t'), (elements, comma) => {
      expect(splitList(elements.join(comma))).toEqual(elements)
    }),
  )
})
