import { NameAddr, SipParseError, type SipRequest, SipUri } from '@netsip/message'
import { type Leg, type Source, stripBrackets } from '@netsip/transport'
import type { Binding } from './binding.ts'
import type { FlowTable } from './flow-table.ts'

/** Whether this contact asks for outbound: an instance, a reg-id, and `Supported: outbound` (RFC 5626 6). */
export function wantsOutbound(contact: NameAddr, request: SipRequest): boolean {
  return regIdOf(contact) !== undefined && contact.params.has('+sip.instance') && supports(request, 'outbound')
}

/**
 * Whether the first hop of a REGISTER lets a user agent use outbound: it is this server, or an edge proxy that says so by `ob`
 * in the topmost Path value (RFC 5626 6).
 */
export function hasOutbound(request: SipRequest): boolean {
  const [first] = request.headers.getAll('Path')
  if (first === undefined) return request.vias.length === 1
  const { uri } = NameAddr.parse(first)
  return uri instanceof SipUri && uri.params.has('ob')
}

/**
 * How a contact is reached: by the connection its REGISTER came on when it says so (outbound), when it can be reached in no
 * other way (`.invalid`, WebSocket: RFC 7118 5), or when it is the sender itself. Else by its URI: someone may register the
 * address of another device.
 */
export function reachOf(
  contact: NameAddr,
  request: SipRequest,
  leg: Leg,
  from: Source,
  flows: FlowTable,
): Pick<Binding, 'flow' | 'flowOnly' | 'instance' | 'regId'> {
  const outbound: Pick<Binding, 'instance' | 'regId'> = wantsOutbound(contact, request) ? identity(contact) : {}
  // A proxy in between stands at the other end of the connection: then Path leads back
  if (!from.flow || !leg.reliable || request.vias.length !== 1) return request.vias.length === 1 ? {} : outbound
  const flow = flows.keyOf(from.flow)
  if (outbound.regId !== undefined) return { ...outbound, flow, flowOnly: true }
  if (isUnreachable(contact, from)) return { flow, flowOnly: true }
  return isSender(contact, request, from) ? { flow } : {}
}

/**
 * The connection back to the caller, for its Record-Route value: when the caller is at its other end and says that its Contact
 * is reached through it (`ob`, RFC 5626 4.3), cannot be reached otherwise, or is the sender itself.
 */
export function flowOf(request: SipRequest, leg: Leg, from: Source, flows: FlowTable): string | undefined {
  if (!from.flow || !leg.reliable || request.vias.length !== 1) return undefined
  const contact = firstContact(request)
  if (!contact) return undefined
  const ob = contact.uri instanceof SipUri && contact.uri.params.has('ob')
  return ob || isUnreachable(contact, from) || isSender(contact, request, from) ? flows.keyOf(from.flow) : undefined
}

/** A Contact nobody can read is the endpoints' business (RFC 3261 16.3 step 1). */
function firstContact(request: SipRequest): NameAddr | undefined {
  try {
    return request.contact
  } catch (error) {
    if (error instanceof SipParseError) return undefined
    throw error
  }
}

function identity(contact: NameAddr): { instance: string; regId: number } {
  return { instance: contact.params.get('+sip.instance') ?? '', regId: regIdOf(contact) ?? 0 }
}

function regIdOf(contact: NameAddr): number | undefined {
  const text = contact.params.get('reg-id')
  return text !== undefined && /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined
}

function supports(request: SipRequest, option: string): boolean {
  return request.supported.some((name) => name.toLowerCase() === option)
}

function isUnreachable({ uri }: NameAddr, { proto }: Source): boolean {
  return proto === 'ws' || proto === 'wss' || (uri instanceof SipUri && uri.host.toLowerCase().endsWith('.invalid'))
}

function isSender({ uri }: NameAddr, request: SipRequest, { proto, addr }: Source): boolean {
  if (!(uri instanceof SipUri)) return false
  const transport = uri.transport ?? 'udp'
  const secure = uri.isSecure || transport === 'tls'
  if (secure ? proto !== 'tls' : transport !== proto) return false
  const host = plainHost(uri.host)
  return host === addr || host === plainHost(request.via?.host ?? '')
}

function plainHost(host: string): string {
  return stripBrackets(host).toLowerCase()
}
