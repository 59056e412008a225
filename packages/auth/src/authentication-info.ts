import { AuthenticationInfo } from '@netsip/message'
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
  const about = qop === undefined ? {} : { qop, cnonce, nc: formatNonceCount(nc) }
  const rspauth = digestRspauth({ ...input, body })
  return AuthenticationInfo.format({ rspauth, ...about, nextnonce: nextNonce ? issue() : undefined })
}
