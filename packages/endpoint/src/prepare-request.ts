import type { SipRequest } from '@netsip/message'
import { type Context, inside } from './context.ts'
import type { Core } from './core.ts'

/** Requests that say which methods and extensions we understand (RFC 3261 13.2.1, 20.5, 20.37). */
const ANNOUNCING = new Set(['INVITE', 'OPTIONS', 'UPDATE', 'SUBSCRIBE', 'REFER', 'REGISTER'])

/** Writes what every request of this endpoint carries, and credentials for realms that have challenged before. */
export function prepareRequest(core: Core, ctx: Context, request: SipRequest): void {
  const { allow, supported, userAgent } = core.settings
  if (ANNOUNCING.has(request.method)) {
    request.headers.set('Allow', allow.join(', '))
    if (supported.length > 0) request.headers.set('Supported', supported.join(', '))
  }
  if (userAgent !== undefined) request.headers.set('User-Agent', userAgent)
  inside(ctx).digest?.prepare(request)
}
