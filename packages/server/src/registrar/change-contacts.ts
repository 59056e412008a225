import { NameAddr } from '@netsip/message'
import { type Binding, sameBinding } from '../location/binding.ts'
import type { Rejection } from '../answer.ts'

const FALLBACK_EXPIRES = 3600
const MAX_DELTA_SECONDS = 4_294_967_295

/** Bounds of what a user agent may ask for, in seconds. */
export interface ExpiryPolicy {
  readonly min: number
  readonly max: number
  readonly default: number
}

/** What a REGISTER asks to be done with the contacts of its address-of-record. */
export interface ContactChange {
  readonly contacts: readonly NameAddr[] | '*'
  /** The Expires header field as it came. */
  readonly expires: string | undefined
  readonly now: number
  readonly policy: ExpiryPolicy
  readonly maxContacts: number
  /** All that is equal for the bindings of one request. */
  readonly common: Omit<Binding, 'contact' | 'q' | 'expiresAt' | 'regId' | 'instance' | 'flow' | 'flowOnly'>
  /** How this contact is reached: by its own connection, or by its URI. */
  readonly reach: (contact: NameAddr) => Pick<Binding, 'flow' | 'flowOnly' | 'instance' | 'regId'>
}

/** Seconds of a delta-seconds value; `undefined` when there is none. Malformed ones count as 3600 (RFC 3261 10.3 step 6). */
export function requestedExpires(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const trimmed = text.trim()
  return /^\d+$/.test(trimmed) ? Math.min(Number(trimmed), MAX_DELTA_SECONDS) : FALLBACK_EXPIRES
}

/**
 * The bindings of an address-of-record after a REGISTER (RFC 3261 10.3 steps 6 and 7), or why it is refused. All contacts are
 * taken or none. Returns `current` itself when nothing changes.
 */
export function changeContacts(current: readonly Binding[], change: ContactChange): readonly Binding[] | Rejection {
  return change.contacts === '*' ? removeAll(current, change) : changeEach(current, change, change.contacts)
}

/** Whether {@link changeContacts} refused. */
export function isRejection(value: readonly Binding[] | Rejection): value is Rejection {
  return 'status' in value
}

function removeAll(current: readonly Binding[], change: ContactChange): readonly Binding[] | Rejection {
  if (change.expires?.trim() !== '0') return { status: 400, reason: 'Contact * Needs Expires 0' }
  if (current.some((binding) => isOutOfOrder(binding, change))) return outOfOrder
  return current.length === 0 ? current : []
}

function changeEach(
  current: readonly Binding[],
  change: ContactChange,
  contacts: readonly NameAddr[],
): readonly Binding[] | Rejection {
  let bindings = current
  for (const contact of contacts) {
    const seconds =
      requestedExpires(contact.params.get('expires')) ?? requestedExpires(change.expires) ?? change.policy.default
    if (seconds > 0 && seconds < change.policy.min && seconds < FALLBACK_EXPIRES)
      return { status: 423, headers: { 'Min-Expires': change.policy.min } }
    const fresh = newBinding(contact, seconds, change)
    if (current.some((binding) => sameBinding(binding, fresh) && isOutOfOrder(binding, change))) return outOfOrder
    const others = bindings.filter((binding) => !sameBinding(binding, fresh))
    if (seconds > 0) bindings = [...others, fresh]
    else if (others.length < bindings.length) bindings = others
  }
  if (bindings.length > change.maxContacts && bindings.length > current.length)
    return { status: 403, reason: 'Too Many Contacts' }
  return bindings
}

function newBinding(contact: NameAddr, seconds: number, change: ContactChange): Binding {
  const lifetime = Math.min(seconds, change.policy.max)
  return {
    ...change.common,
    ...change.reach(contact),
    // Read anew, it is one string until somebody asks for the URI: a fifth of the memory
    contact: NameAddr.parse(contact.with({ params: contact.params.with('expires', undefined) }).toString()),
    q: preference(contact),
    expiresAt: change.now + lifetime * 1000,
  }
}

/** A q value that is none counts as the default of 1 (RFC 3261 20.10). */
function preference(contact: NameAddr): number {
  const text = contact.params.get('q')
  return text !== undefined && /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(text) ? Number(text) : 1
}

/** A request of the same Call-ID must have a higher CSeq than the one that made the binding, or it was overtaken (10.3). */
function isOutOfOrder(binding: Binding, change: ContactChange): boolean {
  return binding.callId === change.common.callId && change.common.cseq <= binding.cseq
}

const outOfOrder: Rejection = { status: 500, reason: 'CSeq Out Of Order' }
