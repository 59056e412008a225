import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { callFlows, page } from './call-flows.ts'

test('CALL-FLOWS.md shows the ladders that the tests draw; `pnpm flows` writes it anew', () => {
  expect(readFileSync(page, 'utf8')).toBe(callFlows())
})

test('CALL-FLOWS.md leads nowhere out of the package it is published with', () => {
  expect(callFlows()).not.toMatch(/\]\(/)
})

test('CALL-FLOWS.md has every flow of RFC 3665 and every service of RFC 5359', () => {
  const sections = [...callFlows().matchAll(/^### ([\d.]+) /gm)].map(([, section]) => section)
  const numbered = (chapter: number, last: number): string[] =>
    Array.from({ length: last }, (_, n) => `${chapter}.${n + 1}`)
  expect(sections).toEqual([...numbered(2, 5), ...numbered(3, 11), ...numbered(2, 18)])
})
