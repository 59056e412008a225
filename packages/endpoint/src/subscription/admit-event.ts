import { Event, type SipRequest } from '@netsip/message'
import type { Settings } from '../settings.ts'

/** Why a request is refused: the answer to it. */
export interface Objection {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
}

/** What speaks against a SUBSCRIBE or PUBLISH: no package, or one we do not serve, or too short a time (RFC 6665 4.2.1.1). */
export function eventObjection(settings: Settings, request: SipRequest): Objection | undefined {
  const { method } = request
  if (method !== 'SUBSCRIBE' && method !== 'PUBLISH') return undefined
  if (!knowsEvent(settings, request)) return badEvent(settings)
  const { minSubscription } = settings
  const { expires } = request
  if (method !== 'SUBSCRIBE' || expires === undefined || expires === 0 || expires >= minSubscription) return undefined
  return { status: 423, headers: { 'Min-Expires': String(minSubscription) } }
}

/** What speaks against a NOTIFY outside a dialog: that nobody asked for it, unless its package may come so (RFC 6665 4.1.3). */
export function unsolicitedObjection(settings: Settings, notify: SipRequest): Objection | undefined {
  if (settings.unsolicited.includes(notify.read(Event)?.type ?? '')) return undefined
  return strayObjection(settings, notify) ?? { status: 481 }
}

/** What speaks against a NOTIFY for no subscription of ours, wherever it comes: a package that we do not know. */
export function strayObjection(settings: Settings, notify: SipRequest): Objection | undefined {
  return knowsEvent(settings, notify) ? undefined : badEvent(settings)
}

/** Is the package one of ours? Without a list every one may be. */
function knowsEvent({ events }: Settings, request: SipRequest): boolean {
  const type = request.read(Event)?.type
  return type !== undefined && events?.includes(type) !== false
}

function badEvent({ events }: Settings): Objection {
  return events === undefined ? { status: 489 } : { status: 489, headers: { 'Allow-Events': events.join(', ') } }
}
