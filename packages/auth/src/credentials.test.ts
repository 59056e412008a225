import { SipRequest } from '@netsip/message'
import { expect, test } from 'vitest'
import { checkCredentials, type Credentials, fits, ha1Of, userOf as userFor } from './credentials.ts'
import { digestHa1 } from './digest.ts'
import { DigestSession } from './session.ts'

const request = new SipRequest({ method: 'REGISTER', uri: 'sip:biloxi.com' })
const userOf = (credentials: Credentials, realm: string): ReturnType<typeof userFor> =>
  userFor(credentials, realm, request, 'proxy')
const bob = { username: 'bob', password: 'zanzibar' }

test('D058 credentials are one user, users by realm, or a function that may answer later', async () => {
  expect(userOf(['bob', 'zanzibar'], 'any')).toEqual(bob)
  expect(userOf(bob, 'any')).toEqual(bob)
  expect(userOf({ 'biloxi.com': ['bob', 'zanzibar'] }, 'biloxi.com')).toEqual(bob)
  expect(userOf({ 'biloxi.com': ['bob', 'zanzibar'] }, 'Biloxi.com')).toBeUndefined()
  expect(userOf((realm) => (realm === 'biloxi.com' ? bob : undefined), 'biloxi.com')).toEqual(bob)
  expect(userOf(() => undefined, 'biloxi.com')).toBeUndefined()
  expect(userOf((_, { uri }) => (uri.toString() === 'sip:biloxi.com' ? bob : undefined), 'any')).toEqual(bob)
  expect(userOf((_, __, kind) => (kind === 'proxy' ? bob : undefined), 'any')).toEqual(bob)
  await expect(userOf(() => Promise.resolve(['bob', 'zanzibar'] as const), 'biloxi.com')).resolves.toEqual(bob)
})

test('a realm named like a property of every object is no realm that is known', () => {
  expect(userOf({ 'biloxi.com': ['bob', 'zanzibar'] }, '__proto__')).toBeUndefined()
  expect(userOf({ 'biloxi.com': ['bob', 'zanzibar'] }, 'constructor')).toBeUndefined()
  expect(userOf({ username: ['bob', 'zanzibar'] }, 'username')).toEqual(bob)
})

test('D037 a stored hash serves only the hash that made it', () => {
  const ha1 = digestHa1('SHA-256', 'bob', 'biloxi.com', 'zanzibar')
  const stored = { username: 'bob', ha1, algorithm: 'SHA-256' } as const
  expect([fits(stored, 'SHA-256'), fits(stored, 'MD5'), fits(bob, 'MD5')]).toEqual([true, false, true])
  expect(fits({ username: 'bob', ha1 }, 'MD5')).toBe(true)
  expect(fits({ username: 'bob' }, 'MD5')).toBe(false)
  expect(ha1Of(stored, 'biloxi.com', 'SHA-256')).toBe(ha1Of(bob, 'biloxi.com', 'SHA-256'))
})

test.each<[title: string, credentials: unknown]>([
  ['a text', 'alice:secret'],
  ['a user alone', ['alice']],
  ['a pair of which one is no text', ['alice', 1234]],
  ['other names', { user: 'alice', password: 'secret' }],
  ['a name without a password', { username: 'alice' }],
  ['texts by realm', { 'biloxi.com': 'secret' }],
  ['null', null],
  ['nothing', undefined],
])('D058 %s: refused at the door, as it would answer no challenge, and the password is not repeated', (_, wrong) => {
  const message = expect.not.stringMatching(/secret|1234/) as string
  const refused = expect.objectContaining({ code: 'ERR_SIP_ARGUMENT', message }) as Error
  expect(() => checkCredentials(wrong as Credentials)).toThrow(refused)
  expect(() => new DigestSession(wrong as Credentials)).toThrow(refused)
})

test('D058 every form that is one passes', () => {
  const ha1 = digestHa1('MD5', 'bob', 'biloxi.com', 'zanzibar')
  const good: Credentials[] = [
    ['bob', 'zanzibar'],
    ['bob', ''],
    bob,
    { username: 'bob', ha1 },
    { 'biloxi.com': ['bob', 'zanzibar'], 'atlanta.com': ['bob', 'x'] },
    { username: ['bob', 'zanzibar'] },
    () => undefined,
  ]
  for (const credentials of good) expect(() => checkCredentials(credentials)).not.toThrow()
})
