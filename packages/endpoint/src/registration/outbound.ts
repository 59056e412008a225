import { FlowTimer, type NameAddr, type SipResponse, SipUri, type Via } from '@netsip/message'
import type { KeepAliveOptions } from '@netsip/transport'
import { argumentError } from '../errors.ts'

/** How a registration is kept, beside its refreshes. */
export interface KeepOptions {
  /**
   * The name of this device, the same after every start (RFC 5626 4.1), as `urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6`.
   * The registrar then knows its bindings from those of other devices, and may give it an address of its own (RFC 5627).
   */
  readonly instance?: string
  /**
   * Which of the flows of this device it is, from 1 (RFC 5626 4.2): asks the registrar to reach us on the connection that we
   * registered by. Needs `instance`. For two flows keep two registrations, each with its own number and `route`.
   */
  readonly regId?: number
  /**
   * Keeps the way to the registrar open, and notices when it is gone. Default: when the registrar granted outbound
   * (RFC 5626 4.4), which says that it answers pings. `true` always, `false` never. On UDP `'stun'` asks the registrar, which
   * has to know STUN, and `'crlf'` only keeps a NAT open.
   */
  readonly keepAlive?: boolean | 'stun' | 'crlf'
  /** On UDP: bind the address where the registrar saw us (RFC 3581) in place of the one we know. Default false. */
  readonly learnAddress?: boolean
}

const MAX_REG_ID = 2 ** 31 - 1

/** The Contact of a registration with the parameters of RFC 5626 that its options ask for. */
export function outboundContact(contact: NameAddr, { instance, regId }: KeepOptions): NameAddr {
  let { params } = contact
  if (instance !== undefined) params = params.with('+sip.instance', `<${instance}>`)
  if (regId === undefined) return contact.with({ params })
  if (!params.has('+sip.instance')) throw argumentError("'regId' needs 'instance' (RFC 5626 4.2)")
  if (!Number.isInteger(regId) || regId < 1 || regId > MAX_REG_ID) {
    throw argumentError(`'regId' is a whole number from 1 to ${MAX_REG_ID}, not ${regId}`)
  }
  return contact.with({ params: params.with('reg-id', String(regId)) })
}

/** Does the registrar reach us on the connection we registered by? It says so in Require (RFC 5626 6). */
export function grantsOutbound(contact: NameAddr, response: SipResponse): boolean {
  return contact.params.has('reg-id') && response.require.includes('outbound')
}

/** How to keep the way open that a 2xx came by; `undefined`: not at all. */
export function keepAliveFor(
  how: KeepOptions['keepAlive'],
  granted: boolean,
  response: SipResponse,
): KeepAliveOptions | undefined {
  if (how === false || (how === undefined && !granted)) return undefined
  const flowTimer = response.read(FlowTimer)
  const datagrams = how === 'stun' || how === 'crlf' ? how : granted ? 'stun' : 'crlf'
  return { datagrams, ...(flowTimer !== undefined && { flowTimer }) }
}

/** The address where the registrar saw a request come from. */
export function seenAt(via: Via): { readonly host: string; readonly port: number | undefined } {
  return { host: via.received ?? via.host, port: typeof via.rport === 'number' ? via.rport : via.port }
}

/** Our Contact at the address where the registrar saw us, when that is another; `undefined` when it is the same. */
export function contactAsSeen(contact: NameAddr, { via }: SipResponse): NameAddr | undefined {
  const { uri } = contact
  if (via === undefined || via.protocol !== 'UDP' || !(uri instanceof SipUri)) return undefined
  const { host, port } = seenAt(via)
  const seen = uri.with({ host: host.includes(':') && !host.startsWith('[') ? `[${host}]` : host, port })
  const same = seen.host.toLowerCase() === uri.host.toLowerCase() && (seen.port ?? 5060) === (uri.port ?? 5060)
  return same ? undefined : contact.with({ uri: seen })
}
