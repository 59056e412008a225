import { expect, test } from 'vitest'
import type { AnswerPath } from '../admission.ts'
import { OctetPage } from './octet-page.ts'

test.each([
  [0, 4],
  [1, 8],
  [7, 512],
  [8, 1024],
  [9, 1024],
  [1000, 1024],
])('beside %i others a page has %i KiB', (others, kibibytes) => {
  const page = new OctetPage(new Uint8Array(10), 0, others)
  // The header of its record needs 16 octets.
  const most = kibibytes * 1024 - 16
  expect([page.fits(new Uint8Array(most)), page.fits(new Uint8Array(most + 1))]).toEqual([true, false])
})

test('a page that is written anew changes nothing of what was read from it', () => {
  const path = {} as AnswerPath
  const page = new OctetPage(Uint8Array.of(1, 2, 3), 0, 0)
  const before = page.octetsAt(page.write(1, 5, Uint8Array.of(1, 2, 3), path))
  page.drop()
  // Months later: a word has no place for so many milliseconds.
  page.reuse(1e10)
  expect([page.begin, page.end]).toEqual([0, 0])
  const record = page.write(2, 1e10 + 7, Uint8Array.of(4, 5, 6), path)
  expect([...before]).toEqual([1, 2, 3])
  expect([page.hashAt(record), page.dueAt(record), ...page.octetsAt(record)]).toEqual([2, 1e10 + 7, 4, 5, 6])
})
