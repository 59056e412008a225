import { expect, test } from 'vitest'
import { testIo } from '../testing.ts'
import { demoCommand } from './demo-arguments.ts'

test.each(['--help', '-h'])('%s says what the demo does, and how it ends', async (flag) => {
  const io = testIo()
  expect(await demoCommand([flag], io)).toBe(0)
  expect(io.stdout.join('\n')).toMatch(/^usage: npm start[^]*--once +end when/)
  expect(io.stderr).toEqual([])
})

test.each([
  ['--frob', "Unknown option '--frob'; usage: npm start, or npm start -- --once"],
  ['call', "Unexpected argument 'call'; usage: npm start, or npm start -- --once"],
])('%s is named, with what is right', async (flag, line) => {
  const io = testIo()
  expect(await demoCommand([flag], io)).toBe(2)
  expect(io.stderr[0]).toContain(line)
})
