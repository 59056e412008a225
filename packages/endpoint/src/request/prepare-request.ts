import { PEarlyMedia, type SipRequest } from '@netsip/message'
import { type Body, setBody } from './body.ts'
import { type Context, inside } from '../context/context.ts'
import type { Core } from '../core.ts'
import type { Dialog } from '../dialog/dialog.ts'
import { applyHeaderFields, type HeaderField } from './request-args.ts'
import { askForSession } from '../dialog/session-ask.ts'

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
  const { abilities, userAgent } = core.settings
  if (ANNOUNCING.has(request.method)) {
    request.headers.set('Allow', abilities.Allow)
    if (abilities['Allow-Events'] !== undefined) request.headers.set('Allow-Events', abilities['Allow-Events'])
  }
  // RFC 4028 7.1 wants its tag in every request.
  if (abilities.Supported !== '') request.headers.set('Supported', abilities.Supported)
  if (request.method === 'INVITE' && abilities['Recv-Info'] !== undefined) {
    request.headers.set('Recv-Info', abilities['Recv-Info'])
  }
  if (request.method === 'INVITE' && core.settings.earlyMedia && dialog === undefined) {
    request.write(PEarlyMedia, ['supported'])
  }
  if (request.method === 'INVITE' || request.method === 'UPDATE') askForSession(core, request, dialog)
  if (userAgent !== undefined) request.headers.set('User-Agent', userAgent)
  applyHeaderFields(request, fields)
  setBody(request, body)
  inside(ctx).account?.prepare(request)
}
