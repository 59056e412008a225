import {
  Authorization,
  ProxyAuthenticate,
  ProxyAuthorization,
  type SipRequest,
  type SipResponse,
  WwwAuthenticate,
} from '@netsip/message'
import type { Account, ChallengeAnswer } from './account.ts'
import { ResponseError } from '../errors.ts'
import { ifReadable } from '../if-readable.ts'

const WHY = {
  rejected: 'the credentials were rejected',
  'no-credentials': 'no credentials fit the challenge',
  withheld: 'a user and password alone are not for this one: give them by realm',
} as const

/** 401 and 407 challenge; anything else does not (RFC 3261 22). */
export function isChallenge(response: SipResponse): boolean {
  return response.status === 401 || response.status === 407
}

/** Puts credentials for the challenges of `response` into `request`, which is the next try. `host`: where the last one went. */
export function answerChallenge(
  account: Account | undefined,
  request: SipRequest,
  response: SipResponse,
  host?: string,
): ChallengeAnswer | Promise<ChallengeAnswer> {
  return account === undefined ? 'no-credentials' : account.answer(request, response, host)
}

/** The error for a challenge that could not be answered: it names status, user and realm, never the password. */
export function challengeError(
  request: SipRequest,
  response: SipResponse,
  answer: Exclude<ChallengeAnswer, 'retry'>,
): ResponseError {
  // One may be garbage beside others that are not.
  const challenges = ifReadable(() => [...response.read(WwwAuthenticate), ...response.read(ProxyAuthenticate)]) ?? []
  const credentials = [...request.read(Authorization), ...request.read(ProxyAuthorization)]
  const realms = [...new Set(challenges.map(({ realm }) => `"${realm}"`))]
  const users = [...new Set(credentials.map(({ username }) => username))]
  const who = users.length > 0 ? ` for ${users.join(', ')}` : ''
  const where = realms.length > 0 ? ` at realm ${realms.join(', ')}` : ''
  const message = `${response.status} ${response.reason}${who}: ${WHY[answer]}${where}`
  return new ResponseError('ERR_SIP_AUTH', message, response)
}
