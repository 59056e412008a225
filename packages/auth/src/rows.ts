import {
  AuthenticationInfo,
  type AuthenticationInfoValue,
  type AuthKind,
  DigestChallenge,
  DigestCredentials,
  ProxyAuthenticationInfo,
  SipParseError,
  type SipRequest,
  type SipResponse,
} from '@netsip/message'

const CHALLENGE: Record<AuthKind, string> = { www: 'WWW-Authenticate', proxy: 'Proxy-Authenticate' }
const CREDENTIALS: Record<AuthKind, string> = { www: 'Authorization', proxy: 'Proxy-Authorization' }
const INFO = { www: AuthenticationInfo, proxy: ProxyAuthenticationInfo }

/** The header that carries challenges of a kind. */
export function challengeHeader(kind: AuthKind): string {
  return CHALLENGE[kind]
}

/** The Digest challenges of a response, in its order; what does not parse is passed over (RFC 3261 8.2.2). */
export function challengesOf(response: SipResponse): DigestChallenge[] {
  const kinds = ['www', 'proxy'] as const
  const challenges = kinds.flatMap((kind) =>
    response.headers
      .getAll(CHALLENGE[kind])
      .flatMap((row) => readable(() => DigestChallenge.parseAll(row, kind)) ?? []),
  )
  return challenges.filter((challenge) => challenge.isDigest)
}

/** The Digest credentials of one kind in a request; what does not parse is passed over. */
export function credentialsOf(request: SipRequest, kind: AuthKind): DigestCredentials[] {
  return request.headers.getAll(CREDENTIALS[kind]).flatMap((row) => digestIn(row, kind) ?? [])
}

/** Puts credentials into a request in place of those of the same kind and realm; all others stay as they are. */
export function putCredentials(request: SipRequest, credentials: DigestCredentials): void {
  const { kind, realm } = credentials
  const name = CREDENTIALS[kind]
  const others = request.headers.getAll(name).filter((row) => digestIn(row, kind)?.realm !== realm)
  request.headers.delete(name)
  for (const row of others) request.headers.append(name, row)
  request.headers.append(name, credentials.toString())
}

/** What Authentication-Info or Proxy-Authentication-Info says (RFC 7616 3.5); nothing when it does not parse. */
export function authenticationInfoOf(response: SipResponse, kind: AuthKind): AuthenticationInfoValue | undefined {
  return readable(() => response.read(INFO[kind]))
}

function digestIn(row: string, kind: AuthKind): DigestCredentials | undefined {
  const credentials = readable(() => DigestCredentials.parse(row, kind))
  return credentials?.isDigest ? credentials : undefined
}

function readable<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof SipParseError) return undefined
    throw error
  }
}
