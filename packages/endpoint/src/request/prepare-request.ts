import { PEarlyMedia, type SipRequest } from '@netsip/message'
import { type Body, setBody } from './body.ts'
import { type Context, inside } from '../context/context.ts'
import type { Core } from '../core.ts'
import type { Dialog } from '../dialog/dialog.ts'
import { applyHeaderFields, type HeaderField } from './request-args.ts'
import { askForSession } from '../dialog/session-ask.ts'
import type { Abilities } from '../settings.ts'

/** Requests that say which methods and extensions we understand (RFC 3261 13.2.1, 20.5, 20.37). */
const ANNOUNCING = new Set(['INVITE', 'OPTIONS', 'UPDATE', 'SUBSCRIBE', 'REFER', 'REGISTER'])

/** What else goes into a request. */
interface Content {
  readonly dialog?: Dialog | undefined
  /** Take the place of what the endpoint writes. */
  readonly fields?: readonly HeaderField[] | undefined
  readonly body?: Body | null | undefined
}

/**
 * Writes what every request of this endpoint carries, what the caller adds, and then, as they may be over the body too,
 * credentials for realms that have challenged before.
 */
export function prepareRequest(
  core: Core,
  ctx: Context,
  request: SipRequest,
  { dialog, fields = [], body }: Content = {},
): void {
  const { abilities, earlyMedia, userAgent } = core.settings
  const { method } = request
  if (ANNOUNCING.has(method)) {
    announce(request, abilities, 'Allow')
    announce(request, abilities, 'Allow-Events')
  }
  // RFC 4028 7.1 wants its tag in every request.
  announce(request, abilities, 'Supported')
  if (method === 'INVITE') {
    announce(request, abilities, 'Recv-Info')
    if (earlyMedia && dialog === undefined) request.write(PEarlyMedia, ['supported'])
  }
  if (method === 'INVITE' || method === 'UPDATE') askForSession(core, request, dialog)
  if (userAgent !== undefined) request.headers.set('User-Agent', userAgent)
  applyHeaderFields(request, fields)
  setBody(request, body)
  inside(ctx).account?.prepare(request)
}

function announce(request: SipRequest, abilities: Abilities, name: keyof Abilities): void {
  const value = abilities[name]
  if (value !== undefined) request.headers.set(name, value)
}
