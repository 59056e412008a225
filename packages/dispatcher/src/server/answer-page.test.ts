import { expect, test } from 'vitest'
import { AnswerPage } from './answer-page.ts'

test.each([
  [0, 4],
  [1, 8],
  [5, 128],
  [6, 128],
  [1000, 128],
])('beside %i others a page has %i KiB', (others, kibibytes) => {
  const page = new AnswerPage(new Uint8Array(10), 0, others)
  // The header of its record needs 16 octets.
  const most = kibibytes * 1024 - 16
  expect([page.fits(new Uint8Array(most)), page.fits(new Uint8Array(most + 1))]).toEqual([true, false])
})
