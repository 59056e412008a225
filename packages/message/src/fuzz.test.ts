import fc from 'fast-check'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import { CSeq, NameAddr, parseUri, SipParseError, Via } from './index.ts'
import { corpus } from './testing/corpus.ts'
import { exercise } from './testing/exercise.ts'
import { mutate, seeded } from './testing/mutate.ts'
import { nasty } from './testing/nasty.ts'

// generous, as the machine may be busy
const TIMEOUT = 60_000

test('M190 mutated messages make nothing but SipParseError come out', { timeout: TIMEOUT }, () => {
  const random = seeded(20_261_122)
  for (let i = 0; i < 2000; i++) {
    const data = mutate(corpus[random(corpus.length)]!, corpus, random)
    expect(() => exercise(data), JSON.stringify(Buffer.from(data).toString('latin1'))).not.toThrow()
  }
  expect(Object.keys(Object.prototype)).toEqual([])
})

test('M190 any octets are a message or a SipParseError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400, size: 'max' }), (data) => {
      expect(thrown(() => exercise(data))).toBeUndefined()
    }),
  )
})

test('M190 any text is a value or a SipParseError', () => {
  const readers = [NameAddr, Via, CSeq].map(
    (type) =>
      (text: string): unknown =>
        type.parse(text),
  )
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...Array.from('<>;,:@"\\%[]=? \taz09*')) })),
      (text) => {
        for (const read of [...readers, parseUri]) expect(thrown(() => read(text))).toSatisfy(isExpected)
      },
    ),
  )
})

function thrown(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  return undefined
}

const isExpected = (error: unknown): boolean => error === undefined || error instanceof SipParseError

const MOST = 12
const script = fileURLToPath(new URL('testing/growth.ts', import.meta.url))
const flags = ['--conditions=@netsip/source', '--import', 'tsx', script, String(MOST)]

describe('M189 eight times the length takes no more than 12 times the CPU', () => {
  let growth: Record<string, number>

  beforeAll(async () => {
    const { stdout } = await promisify(execFile)(process.execPath, flags)
    growth = JSON.parse(stdout) as Record<string, number>
  }, TIMEOUT)

  test.each(Object.keys(nasty))('a message of %s', (name) => {
    expect(growth[name]).toBeLessThan(MOST)
  })

  test('text that the regular expressions of usual values are slowest with', () => {
    const shapes = Object.entries(growth).filter(([name]) => name.startsWith('USUAL_'))
    expect(shapes.length).toBeGreaterThan(8)
    expect(shapes.filter(([, ratio]) => ratio >= MOST)).toEqual([])
  })

  test('which something quadratic does not pass', () => {
    expect(growth['a quadratic one']).toBeGreaterThan(2 * MOST)
  })
})
