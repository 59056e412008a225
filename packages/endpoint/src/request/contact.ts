import type { DeliverOptions } from '@netsip/dispatcher'
import { NameAddr, type SipRequest, SipUri } from '@netsip/message'
import type { Leg, Source, Target } from '@netsip/transport'
import { type Context, inside } from '../context/context.ts'
import { needsSips } from '../context/context-init.ts'

/** Requests that need our Contact: they make a dialog or refresh its target (RFC 3261 8.1.1.8, 12.2.1.1). */
const WITH_CONTACT = new Set(['INVITE', 'SUBSCRIBE', 'NOTIFY', 'REFER', 'UPDATE'])

function requestNeedsContact(method: string): boolean {
  return WITH_CONTACT.has(method)
}

/** What puts our Contact into a request once its leg is known; `undefined` when it needs none, or the caller gave one. */
export function contactWriter(ctx: Context, request: SipRequest): DeliverOptions['prepare'] {
  if (!requestNeedsContact(request.method) || request.headers.has('Contact')) return undefined
  return (attempt, leg, target) => {
    const contact = contactOf(ctx, leg, needsSips(attempt.uri, attempt.routes), target)
    if (contact !== undefined) attempt.headers.set('Contact', contact.toString())
  }
}

/** Our Contact on a leg: the one of the context, else our user at the address by which the peer reaches the leg. */
export function contactOf(ctx: Context, leg: Leg | undefined, secure: boolean, peer?: Target): NameAddr | undefined {
  const { parts, gruu, local } = inside(ctx)
  const given = parts.contact ?? gruu
  if (given !== undefined) return given
  if (leg === undefined) return undefined
  const { uri } = local
  const user = uri instanceof SipUri ? uri.user : undefined
  return new NameAddr({ uri: leg.contact(user, secure, peer) })
}

/** Back to where a message came from, as `targetOf` of the transport says; that would bring its legs into every bundle. */
export function backTo({ proto: protocol, addr, port, family, flow }: Source): Target {
  return { protocol, addr, port, family, ...(flow && { flow }) }
}
