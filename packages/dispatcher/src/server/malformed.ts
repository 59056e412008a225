import type { SipParseError, SipRequest } from '@netsip/message'
import type { Leg, Source } from '@netsip/transport'
import type { Core } from '../core.ts'
import type { StatelessResponder } from './stateless.ts'
import { reasonOf } from './unreadable.ts'

/**
 * Answers what a leg could not read, where enough of it could be read to answer; the rest is counted and forgotten. A
 * status of 0 says that no answer is due.
 */
export function answerMalformed(
  core: Core,
  responder: StatelessResponder,
  error: SipParseError,
  leg: Leg,
  source: Source,
): void {
  const { request, status } = error
  if (!request?.via || status === 0) core.drop('malformed', source)
  else responder.refuse(request, status, reasonOf(error), leg, source)
}

/** Reads what every request must have (RFC 3261 8.1.1). @throws SipParseError for what is missing or malformed */
export function readMandatory(request: SipRequest): void {
  void request.from
  void request.to
  void request.callId
  void request.cseq
}
