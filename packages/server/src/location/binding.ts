import type { NameAddr } from '@netsip/message'
import type { Family, Protocol } from '@netsip/transport'

/** Where a REGISTER came from: the address of the user agent as the server saw it. */
export interface ReceivedFrom {
  readonly protocol: Protocol
  readonly addr: string
  readonly port: number
  readonly family: Family
}

/** One contact of an address-of-record (RFC 3261 10.3). Immutable: a refresh makes a new one. */
export interface Binding {
  /** The canonical address-of-record this contact belongs to. */
  readonly aor: string
  /** The Contact as it was registered, with its display name and parameters, without `expires`. */
  readonly contact: NameAddr
  /** Preference, 0 to 1; 1 when the contact named none. */
  readonly q: number
  /** When the binding ends, in ms of the clock's monotonic time. */
  readonly expiresAt: number
  /** When it was last registered or refreshed, in ms of the clock's monotonic time. */
  readonly updatedAt: number
  readonly callId: string
  readonly cseq: number
  /** The Path header field values, top one first (RFC 3327): they become the Route of requests to this contact. */
  readonly path: readonly string[]
  readonly received: ReceivedFrom
  /** The connection the contact is reached through, as a key of the {@link FlowTable}; absent when it is reached by its URI. */
  readonly flow?: string
  /** Whether the contact can be reached through that connection only, so that the binding ends with it (RFC 5626). */
  readonly flowOnly?: boolean
  /** The value of `+sip.instance` and of `reg-id` (RFC 5626), when outbound is in use. */
  readonly instance?: string
  readonly regId?: number
  readonly userAgent?: string
}

/** Whether two bindings are of the same contact: RFC 3261 10.3 compares URIs, RFC 5626 6 instance and reg-id. */
export function sameBinding(a: Pick<Binding, 'contact' | 'instance' | 'regId'>, b: typeof a): boolean {
  if (a.regId !== undefined || b.regId !== undefined) return a.instance === b.instance && a.regId === b.regId
  return a.contact.uri.equals(b.contact.uri)
}
