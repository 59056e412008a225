import { type DigestInput, digestRspauth, formatNonceCount } from './digest.ts'

/** What to say in Authentication-Info. */
export interface InfoOptions {
  /** Asks the client to go on with a new nonce. */
  nextNonce?: boolean
  /** The body of the answer; part of the proof for `auth-int`. */
  body?: Uint8Array
}

/** The value of Authentication-Info (RFC 7616 3.5): the server's proof, and the nonce to use next if it is asked for. */
export function authenticationInfo(input: DigestInput, issue: () => string, options: InfoOptions = {}): string {
  const { qop, cnonce = '', nc = 1 } = input
  const { body = new Uint8Array(), nextNonce = false } = options
  const parts = [`rspauth="${digestRspauth({ ...input, body })}"`]
  // a client's cnonce was a quoted string: what must be escaped in one is escaped again
  if (qop !== undefined)
    parts.push(`qop=${qop}`, `cnonce="${cnonce.replace(/["\\]/g, '\\$&')}"`, `nc=${formatNonceCount(nc)}`)
  if (nextNonce) parts.push(`nextnonce="${issue()}"`)
  return parts.join(', ')
}
