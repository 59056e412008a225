import { expect, test } from 'vitest'
import { assertNoInjection } from './injection.ts'

test('M181 text that would end its line is refused', () => {
  for (const bad of ['x\r\nRoute: <sip:evil>', 'x\n', '\0']) {
    expect(() => assertNoInjection(bad, 'Subject')).toThrow(
      expect.objectContaining({ name: 'TypeError', code: 'ERR_SIP_INJECTION' }),
    )
  }
  expect(() => assertNoInjection('tab\tand ü are fine', 'Subject')).not.toThrow()
})
