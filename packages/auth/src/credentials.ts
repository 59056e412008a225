import type { AuthKind, SipRequest } from '@netsip/message'
import { SipError } from '@netsip/runtime'
import type { DigestHash } from './hashes.ts'
import { digestHa1 } from './digest.ts'

/** A user and what proves it: a password, or H(username:realm:password) of one hash (MD5 unless `algorithm` says). */
export interface UserCredentials {
  username: string
  password?: string
  /** As `digestHa1` gives it, for the realm that asks. */
  ha1?: string
  /** The hash that made `ha1`. */
  algorithm?: DigestHash
}

/**
 * Who a client is: one user everywhere, a user by realm, or a function asked with the realm, the request that will carry
 * the answer (its Request-URI tells whom it is for: a redirection may have changed it) and who asks (`www` a server, `proxy`
 * a proxy), whose answer may come later. A function's `undefined`, or a realm that is not there, means that this realm gets nothing.
 */
export type Credentials =
  | readonly [user: string, password: string]
  | UserCredentials
  | Readonly<Record<string, readonly [user: string, password: string]>>
  | ((
      realm: string,
      request: SipRequest,
      kind: AuthKind,
    ) =>
      | readonly [user: string, password: string]
      | UserCredentials
      | undefined
      | Promise<readonly [user: string, password: string] | UserCredentials | undefined>)

/**
 * Refuses what would answer no challenge, silently, such as `'user:password'`. The password is not repeated.
 *
 * @throws SipError `ERR_SIP_ARGUMENT`
 */
export function checkCredentials(credentials: Credentials): void {
  if (typeof credentials === 'function' || isUser(credentials)) return
  if (Object(credentials) === credentials && Object.values(credentials).every(isUser)) return
  throw new SipError(
    'ERR_SIP_ARGUMENT',
    'credentials are [user, password], { username, password }, { realm: [user, password] } or a function',
  )
}

/** Asks for the user of a realm. Only credentials given as a function may answer later. */
export function userOf(
  credentials: Credentials,
  realm: string,
  request: SipRequest,
  kind: AuthKind,
): UserCredentials | undefined | Promise<UserCredentials | undefined> {
  if (typeof credentials === 'function') {
    const answer = credentials(realm, request, kind)
    return answer instanceof Promise ? answer.then(asUser) : asUser(answer)
  }
  if (isPair(credentials)) return asUser(credentials)
  if (typeof credentials.username === 'string') return credentials as UserCredentials
  const byRealm = credentials as Readonly<Record<string, readonly [string, string]>>
  return Object.hasOwn(byRealm, realm) ? asUser(byRealm[realm]) : undefined
}

/** Whether credentials can answer for a hash: an `ha1` serves only the hash that made it. */
export function fits(user: UserCredentials, hash: DigestHash): boolean {
  return user.password !== undefined || (user.ha1 !== undefined && (user.algorithm ?? 'MD5') === hash)
}

/** H(username:realm:password) of a user that `fits`. */
export function ha1Of(user: UserCredentials, realm: string, hash: DigestHash): string {
  return user.password === undefined ? (user.ha1 ?? '') : digestHa1(hash, user.username, realm, user.password)
}

function isUser(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 2 && value.every((part) => typeof part === 'string')
  const { username, password, ha1 } = Object(value) as Partial<UserCredentials>
  return typeof username === 'string' && typeof (password ?? ha1) === 'string'
}

function isPair(value: Credentials | UserCredentials): value is readonly [string, string] {
  return Array.isArray(value)
}

function asUser(value: readonly [string, string] | UserCredentials | undefined): UserCredentials | undefined {
  if (value === undefined || !isPair(value)) return value
  return { username: value[0], password: value[1] }
}
