import type { SipResponse } from '@netsip/message'
import { SipError } from '@netsip/runtime'
import { type Context, inside } from '../context/context.ts'
import { isTargetRefresh } from '../dialog/dialog.ts'
import { argumentError, stateError } from '../errors.ts'
import { fillResponse } from './fill-response.ts'
import { answerInvite } from '../invite/invite-uas.ts'
import { runSession } from '../dialog/session-timer.ts'
import { pendingRequest, ServerRequest } from './server-request.ts'
import { isSameTransaction, transactionOf } from './transaction-name.ts'

/**
 * Sends the application's response to a request of this context. A second final answer is dropped (the first one counts);
 * one to no request at all throws `ERR_SIP_STATE`, one to an INVITE that was cancelled meanwhile `ERR_SIP_CANCELLED`.
 */
export function respond(ctx: Context, response: SipResponse): void {
  checkStatus(response)
  const server = serverRequest(ctx, response)
  if (server === undefined) return
  if (server.request.method === 'INVITE') answerInvite(server, response)
  else answer(server, response)
  if (server.answered) server.core.detachIfIdle(ctx)
}

/** Sends a response to a request other than INVITE. */
export function answer(server: ServerRequest, response: SipResponse): void {
  // RFC 4320 4.1: only 100 may come before the final answer of a non-INVITE request.
  if (response.status > 100 && response.status < 200) {
    throw stateError(`${response.status} cannot answer ${server.request.method}: only INVITE has provisional responses`)
  }
  fillResponse(server, response)
  const { dialog, request } = server
  const accepted = response.status >= 200 && response.status < 300
  if (accepted && dialog !== undefined && isTargetRefresh(request.method)) dialog.refreshTarget(request)
  const describing = request.method === 'PRACK' || request.method === 'UPDATE'
  if (describing) dialog?.session.closes(request, accepted ? response : undefined, 'local')
  server.send(response)
  const updated = accepted && request.method === 'UPDATE' && dialog?.state === 'confirmed'
  if (updated) runSession(server.core, server.ctx, dialog, response, 'uas')
}

function serverRequest(ctx: Context, response: SipResponse): ServerRequest | undefined {
  const own = inside(ctx)
  if (!response.headers.has('CSeq') || !response.headers.has('Via')) return onlyRequest(ctx)
  const transaction = transactionOf(response)
  const pending = pendingRequest(ctx, transaction)
  if (pending !== undefined) return pending
  const earlier = own.answered.findLast((one) => isSameTransaction(one.transaction, transaction))?.as
  if (earlier === 'cancelled') {
    throw new SipError('ERR_SIP_CANCELLED', 'this INVITE is over already: the caller cancelled it, or it expired')
  }
  if (earlier === 'answered') return undefined
  throw stateError(`no request of this context waits for this ${response.status} (CSeq ${response.cseq.toString()})`)
}

/** A response made by hand, without the request's headers, answers the one request that waits. */
function onlyRequest(ctx: Context): ServerRequest {
  const { incoming } = inside(ctx)
  const only = incoming.length === 1 ? incoming[0] : undefined
  if (!(only instanceof ServerRequest))
    throw stateError('a response without Via and CSeq needs exactly one unanswered request')
  return only
}

function checkStatus({ status }: SipResponse): void {
  if (Number.isInteger(status) && status >= 100 && status <= 699) return
  throw argumentError(`a status is a number from 100 to 699, not ${status}`)
}
