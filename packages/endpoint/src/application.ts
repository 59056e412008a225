import type { SipRequest } from '@netsip/message'
import type { Leg, Source } from '@netsip/transport'
import { type Context, inside } from './context/context.ts'
import { type Core, isThenable } from './core.ts'
import { defaultAnswer } from './response/default-answer.ts'
import { limitRinging } from './invite/invite-uas.ts'
import { respond } from './response/respond.ts'
import type { ServerRequest } from './response/server-request.ts'

/** A non-INVITE request has to be answered well before its sender's Timer F of 64*T1 (RFC 4320). */
const ANSWER_WITHIN_T1 = 48

/** Tells the callback of the context and the application of a request that needs no answer: ACK, and BYE, CANCEL, answered already. */
export function inform(core: Core, ctx: Context, request: SipRequest, leg: Leg, from: Source): void {
  core.notify(ctx, inside(ctx).callback, { packet: request, leg, from })
  core.guard(() => {
    const result = core.application?.(ctx, request, leg, from)
    if (isThenable(result)) result.then(undefined, (error: unknown) => core.report(error, ctx))
  }, ctx)
  core.emit(ctx, 'request', request, leg, from)
}

/**
 * Hands a request to those who may answer it: first the callback of the context, then, if that has not answered, the
 * application. Nobody there, or an application that throws: the endpoint answers itself.
 */
export function handOver(server: ServerRequest): void {
  const { core, ctx, request, leg, from } = server
  const byCallback = core.notify(ctx, inside(ctx).callback, { packet: request, leg, from })
  if (isThenable(byCallback)) void Promise.resolve(byCallback).then(() => offer(server))
  else offer(server)
  core.emit(ctx, 'request', request, leg, from)
}

function offer(server: ServerRequest): void {
  const { core, ctx, request, leg, from } = server
  if (server.answered) return
  if (core.application === undefined) return answerItself(server)
  try {
    const result = core.application(ctx, request, leg, from)
    if (!isThenable(result)) return returned(server)
    result.then(
      () => returned(server),
      (error: unknown) => failed(server, error),
    )
    if (!server.answered) limit(server)
  } catch (error) {
    failed(server, error)
  }
}

/** The application has returned. It may answer later what asks for a decision. */
function returned(server: ServerRequest): void {
  if (server.answered) return
  if (answersItself(server.request)) answerItself(server)
  else limit(server)
}

/** What asks for nothing that only the application knows is answered when that has not done it. */
function answersItself({ method, body }: SipRequest): boolean {
  return method === 'OPTIONS' || method === 'PRACK' || (method === 'UPDATE' && body.length === 0)
}

function limit(server: ServerRequest): void {
  if (server.waiting) return
  if (server.request.method === 'INVITE') return limitRinging(server)
  const { core, request } = server
  server.after(ANSWER_WITHIN_T1 * core.dispatcher.timers.t1, () =>
    // RFC 3311 5.2: what has to be asked of a person takes too long for an UPDATE.
    failed(
      server,
      new Error(`the application never answered ${request.method}`),
      request.method === 'UPDATE' ? 504 : 500,
    ),
  )
}

function failed(server: ServerRequest, error: unknown, status = 500): void {
  const { core, ctx, request } = server
  core.report(error, ctx)
  if (!server.answered) respond(ctx, request.createResponse(status))
}

function answerItself(server: ServerRequest): void {
  respond(server.ctx, defaultAnswer(server.request, server.core.settings))
}
