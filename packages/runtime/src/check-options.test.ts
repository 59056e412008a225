import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkOptions, objectionTo } from './check-options.ts'

const rules = {
  most: 1,
  pause: 0,
  names: 'array',
  name: 'string',
  run: 'function',
  parts: 'object',
  on: 'boolean',
  any: 'any',
} as const
const good = { most: Infinity, pause: 0, names: [], name: '', run: () => 0, parts: {}, on: false }

describe('options', () => {
  test('that are right or left out pass', () => {
    expect(objectionTo(good, rules)).toBeUndefined()
    expect(objectionTo({ most: undefined, name: null, any: 5 }, rules)).toBeUndefined()
  })

  test.each([
    [{ most: NaN }, "'most' must be a number from 1 up, not NaN"],
    [{ most: 0 }, "'most' must be a number from 1 up, not 0"],
    [{ pause: -1 }, "'pause' must be a number from 0 up, not -1"],
    [{ pause: '5' }, "'pause' must be a number from 0 up, not string"],
    [{ names: 'a' }, "'names' must be of type array, not string"],
    [{ name: 5 }, "'name' must be of type string, not number"],
    [{ parts: [] }, "'parts' must be of type object, not array"],
    [{ on: 1 }, "'on' must be of type boolean, not number"],
    [{ mots: 5 }, "there is no option 'mots'"],
    [5060, 'options must be an object, not number'],
    [null, 'options must be an object, not null'],
    [[good], 'options must be an object, not array'],
  ])('%o is refused: %s', (options, objection) => {
    const refused = expect.objectContaining({ code: 'ERR_SIP_ARGUMENT', message: `new Thing: ${objection}` }) as Error
    expect(() => checkOptions('new Thing', options as object, rules)).toThrow(refused)
  })

  test('no number that bounds nothing passes, whatever comes', () => {
    fc.assert(
      fc.property(fc.anything(), (most) => {
        fc.pre(most !== undefined && most !== null)
        const passes = objectionTo({ most }, { most: 1 }) === undefined
        expect(passes).toBe(typeof most === 'number' && most >= 1)
      }),
    )
  })
})
