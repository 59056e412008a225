import { type DigestAlgorithm, type DigestHash, hashHex, hashOf, isSession } from './hashes.ts'

/** The quality of protection: the request line, or the request line and the body (RFC 7616 3.3). */
export type DigestQop = 'auth' | 'auth-int'

/** What a response is computed over. */
export interface DigestInput {
  algorithm: DigestAlgorithm
  /** H(username:realm:password), as `digestHa1` gives it; the `-sess` step is done here. */
  ha1: string
  method: string
  /** The digest-uri, as written in the credentials. */
  uri: string
  nonce: string
  /** Undefined: no qop, as RFC 2069 had it; then `cnonce` and `nc` do not count. */
  qop?: DigestQop | undefined
  cnonce?: string | undefined
  /** The nonce count, 1 for the first request; text is taken as it is written. */
  nc?: number | string | undefined
  /** Only read for `auth-int`: the body as it is sent, after any content encoding. */
  body?: Uint8Array | undefined
}

/** H(A1) without the `-sess` step: what a server may store instead of the password (RFC 7616 3.4.2). */
export function digestHa1(hash: DigestHash, username: string, realm: string, password: string): string {
  return hashHex(hash, `${username}:${realm}:${password}`)
}

/** H(username:realm), sent in place of the name when the server takes it (RFC 7616 3.4.4). */
export function digestUserhash(hash: DigestHash, username: string, realm: string): string {
  return hashHex(hash, `${username}:${realm}`)
}

/** The `response` of credentials (RFC 7616 3.4.1), lower-case hexadecimal. */
export function digestResponse(input: DigestInput): string {
  return compute(input, input.method)
}

/** The `rspauth` with which a server proves that it knows the secret too (RFC 7616 3.5). */
export function digestRspauth(input: Omit<DigestInput, 'method'>): string {
  return compute(input, '')
}

/** A nonce count as it is written: eight hexadecimal digits. */
export function formatNonceCount(nc: number | string): string {
  return typeof nc === 'string' ? nc : nc.toString(16).padStart(8, '0')
}

function compute(input: Omit<DigestInput, 'method'>, method: string): string {
  const { algorithm, nonce, qop, cnonce = '', nc = 1 } = input
  const hash = hashOf(algorithm)
  const ha1 = isSession(algorithm) ? hashHex(hash, `${input.ha1}:${nonce}:${cnonce}`) : input.ha1
  const ha2 = hashHex(hash, `${method}:${input.uri}${qop === 'auth-int' ? `:${hashHex(hash, input.body ?? '')}` : ''}`)
  const middle = qop === undefined ? '' : `${formatNonceCount(nc)}:${cnonce}:${qop}:`
  return hashHex(hash, `${ha1}:${nonce}:${middle}${ha2}`)
}
