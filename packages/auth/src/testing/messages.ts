import {
  Authorization,
  type DigestChallenge,
  type DigestCredentials,
  ProxyAuthenticate,
  ProxyAuthorization,
  SipRequest,
  type SipResponse,
  WwwAuthenticate,
} from '@netsip/message'

/** A request as a client sends it; `cseq` tells one try from the next. */
export function request(method = 'REGISTER', cseq = 1, more: { body?: string; uri?: string } = {}): SipRequest {
  return new SipRequest({
    method,
    uri: more.uri ?? 'sip:biloxi.com',
    headers: {
      Via: `SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK${cseq}`,
      From: '<sip:bob@biloxi.com>;tag=1',
      To: '<sip:bob@biloxi.com>',
      'Call-ID': 'a84b4c76e66710',
      CSeq: `${cseq} ${method}`,
    },
    body: more.body ?? '',
  })
}

/** A response with the challenges given, each `WWW-Authenticate: ...` or `Proxy-Authenticate: ...`. */
export function challenged(to: SipRequest, ...challenges: string[]): SipResponse {
  const response = to.createResponse(challenges[0]?.startsWith('Proxy') ? 407 : 401)
  for (const challenge of challenges) {
    const colon = challenge.indexOf(':')
    response.headers.append(challenge.slice(0, colon), challenge.slice(colon + 2))
  }
  return response
}

/** All challenges of a response, those of a server first. */
export function challengesIn(response: SipResponse): DigestChallenge[] {
  return [...response.read(WwwAuthenticate), ...response.read(ProxyAuthenticate)]
}

/** All credentials in a request, those for a server first. */
export function credentialsIn(request: SipRequest): DigestCredentials[] {
  return [...request.read(Authorization), ...request.read(ProxyAuthorization)]
}
