import { expect, test } from 'vitest'
import { isSipError, SipError } from './sip-error.ts'

test('SipError carries its code and its cause', () => {
  const cause = new Error('ECONNREFUSED')
  const error = new SipError('ERR_SIP_REFUSED', '127.0.0.1:5060 refused the connection', { cause })
  expect(error).toBeInstanceOf(Error)
  expect([error.name, error.code, error.cause]).toEqual(['SipError', 'ERR_SIP_REFUSED', cause])
  expect(Object.keys(error)).not.toContain('cause')
})

test('isSipError knows one made by another copy of the package, and nothing else', () => {
  const foreign = Object.assign(new Error('x'), { [Symbol.for('netsip.SipError')]: true })
  expect([isSipError(new SipError('ERR_SIP_STATE', 'x')), isSipError(foreign)]).toEqual([true, true])
  for (const value of [undefined, null, 'ERR_SIP_STATE', {}, new Error('x')]) expect(isSipError(value)).toBe(false)
})
