import { DigestChallenge } from '../values/digest-challenge.ts'
import { DigestCredentials } from '../values/digest-credentials.ts'
import type { AuthKind } from '../values/digest-value.ts'
import { cutChallenges } from '../values/scan-auth.ts'
import type { Form } from './forms.ts'
import { list, type ListHeader, WHOLE_ROWS } from './header-type.ts'

const CHALLENGES = { cut: cutChallenges }

/** WWW-Authenticate (RFC 3261 20.44): one row a challenge; some that share a row are told apart. */
export const WwwAuthenticate: ListHeader<DigestChallenge> = list('WWW-Authenticate', challenge('www'), CHALLENGES)
/** Proxy-Authenticate (RFC 3261 20.27). */
export const ProxyAuthenticate: ListHeader<DigestChallenge> = list('Proxy-Authenticate', challenge('proxy'), CHALLENGES)
/** Authorization (RFC 3261 20.7): one row a realm. */
export const Authorization: ListHeader<DigestCredentials> = list('Authorization', credentials('www'), WHOLE_ROWS)
/** Proxy-Authorization (RFC 3261 20.28). */
export const ProxyAuthorization: ListHeader<DigestCredentials> = list(
  'Proxy-Authorization',
  credentials('proxy'),
  WHOLE_ROWS,
)

// @__NO_SIDE_EFFECTS__
function challenge(kind: AuthKind): Form<DigestChallenge> {
  return { parse: (text) => DigestChallenge.parse(text, kind), format: String }
}

// @__NO_SIDE_EFFECTS__
function credentials(kind: AuthKind): Form<DigestCredentials> {
  return { parse: (text) => DigestCredentials.parse(text, kind), format: String }
}
