import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { checkLimits, withDefaults } from './leg-limits.ts'

/** What the doc comments say: `default 2 MiB` and the like, by option. */
function documented(): Record<string, number> {
  const source = readFileSync(new URL('./leg-limits.ts', import.meta.url), 'utf8')
  const options = source.matchAll(/default ([\d,]+)( MiB)?[^*]*\*\/\n {2}(\w+)\?: number/g)
  return Object.fromEntries(
    [...options].map(([, digits = '', mebi, name = '']) => [
      name,
      Number(digits.replaceAll(',', '')) * (mebi ? 2 ** 20 : 1),
    ]),
  )
}

test('T004 T045 T046 the bounds of a leg are those that are written beside them', () => {
  const said = documented()
  expect(Object.keys(said)).toHaveLength(9)
  expect(withDefaults({})).toMatchObject(said)
  expect(withDefaults({ idleTimeout: undefined, stallTimeout: null, maxConnections: 3 } as object)).toMatchObject({
    ...said,
    maxConnections: 3,
  })
})

test.each(Object.keys(documented()))('T004 T045 %s that would bound nothing is refused', (name) => {
  for (const bound of [Number.NaN, -1, '5' as unknown as number]) {
    const refused = expect.objectContaining({
      code: 'ERR_SIP_ARGUMENT',
      message: expect.stringContaining(name) as string,
    })
    expect(() => checkLimits({ [name]: bound })).toThrow(refused as Error)
  }
  expect(() => checkLimits({ [name]: Infinity })).not.toThrow()
})

test('T004 the limits of a message are looked at as well', () => {
  for (const maxBody of [Number.NaN, -1, 1.5]) {
    const parse = { maxBody }
    expect(() => checkLimits({ parse })).toThrow(/'parse' of a leg: 'maxBody' must be a whole number from 0 up/)
  }
  expect(() => checkLimits({ parse: { maxbody: 5 } as object })).toThrow(
    /'parse' of a leg: there is no option 'maxbody'/,
  )
  expect(() => checkLimits({ parse: { maxBody: 0, strict: true } })).not.toThrow()
})
