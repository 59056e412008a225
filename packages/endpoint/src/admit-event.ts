import { Event, type SipRequest } from '@netsip/message'
import type { Leg } from '@netsip/transport'
import type { Core } from './core.ts'
import { reject } from './reject.ts'

const ABOUT_EVENTS: ReadonlySet<string> = new Set(['SUBSCRIBE', 'PUBLISH'])

/** Checks a request for an event package: 489 for none or one we do not serve, 423 for too short a time (RFC 6665 4.2.1.1). */
export function admitEvent(core: Core, request: SipRequest, leg: Leg): boolean {
  if (!ABOUT_EVENTS.has(request.method)) return true
  const type = request.read(Event)?.type
  if (type === undefined || !knowsEvent(core, type)) {
    badEvent(core, request, leg)
    return false
  }
  const { expires, method } = request
  const { minSubscription } = core.settings
  if (method !== 'SUBSCRIBE' || expires === undefined || expires === 0 || expires >= minSubscription) return true
  reject(core, request, leg, 423, { 'Min-Expires': minSubscription })
  return false
}

/** A NOTIFY that no subscription asked for: `true` when the application is to have it all the same (RFC 6665 4.1.3). */
export function admitUnsolicited(core: Core, request: SipRequest, leg: Leg): boolean {
  const type = request.read(Event)?.type
  if (type !== undefined && core.settings.unsolicited.includes(type)) return true
  if (type === undefined || !knowsEvent(core, type)) badEvent(core, request, leg)
  else reject(core, request, leg, 481)
  return false
}

/** Is this package one of ours? Without a list every one may be. */
export function knowsEvent(core: Core, type: string): boolean {
  return core.settings.events?.includes(type) ?? true
}

export function badEvent(core: Core, request: SipRequest, leg: Leg): void {
  const { events } = core.settings
  reject(core, request, leg, 489, events === undefined ? {} : { 'Allow-Events': events.join(', ') })
}
