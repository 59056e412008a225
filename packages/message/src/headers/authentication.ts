import { type AuthKind, cutChallenges, DigestChallenge, DigestCredentials } from '../values/digest.ts'
import type { ListHeader } from './header-type.ts'

/** WWW-Authenticate (RFC 3261 20.44): one row a challenge; some that share a row are told apart. */
export const WwwAuthenticate: ListHeader<DigestChallenge> = challenges('WWW-Authenticate', 'www')
/** Proxy-Authenticate (RFC 3261 20.27). */
export const ProxyAuthenticate: ListHeader<DigestChallenge> = challenges('Proxy-Authenticate', 'proxy')
/** Authorization (RFC 3261 20.7): one row a realm. */
export const Authorization: ListHeader<DigestCredentials> = credentials('Authorization', 'www')
/** Proxy-Authorization (RFC 3261 20.28). */
export const ProxyAuthorization: ListHeader<DigestCredentials> = credentials('Proxy-Authorization', 'proxy')

// @__NO_SIDE_EFFECTS__
function challenges(name: string, kind: AuthKind): ListHeader<DigestChallenge> {
  return { name, list: true, cut: cutChallenges, parse: (text) => DigestChallenge.parse(text, kind), format: String }
}

// RFC 3261 7.3.1: one value a row, whatever commas are in it
// @__NO_SIDE_EFFECTS__
function credentials(name: string, kind: AuthKind): ListHeader<DigestCredentials> {
  const parse = (text: string): DigestCredentials => DigestCredentials.parse(text, kind)
  return { name, list: true, cut: (row) => [row], parse, format: String }
}
