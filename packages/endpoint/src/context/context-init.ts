import type { Credentials } from '@netsip/auth'
import { NameAddr, type SipRequest, type Uri } from '@netsip/message'
import { argumentError } from '../errors.ts'
import { toRoute } from '../dialog/route-set.ts'
import { toSipUri } from '../sip-uri2parts.ts'

/** An address as text (`sip:a@b`, `"A" <sip:a@b>`), URI or name-addr. */
export type Address = string | NameAddr | Uri

/** What a Context is made from. */
export interface ContextInit {
  /** Who sends: our address. A `tag` in it is used as our tag. Mandatory. */
  readonly from: Address
  /** Who is asked: the peer's address, and the Request-URI unless `remoteContact` says otherwise. Mandatory. */
  readonly to: Address
  /** Our Contact. Default: derived from the leg. */
  readonly contact?: Address
  /** Pre-loaded route set, first hop first (RFC 3261 8.1.1.1). A bare host becomes a loose route. */
  readonly route?: string | NameAddr | Uri | readonly (string | NameAddr | Uri)[]
  /** Request-URI of requests outside a dialog. Default: the URI of `to`. */
  readonly remoteContact?: Address
  /** Call-ID. Default: random. */
  readonly callid?: string
  /** Another spelling of `callid`. */
  readonly callId?: string
  /** Local sequence number before the first request. Default 0, so that the first request has CSeq 1. */
  readonly cseq?: number
  /**
   * Credentials for challenges: by realm, or a function that is asked for each realm. A plain user and password is used for the
   * first realm that asks, on the way this context was made for. It is not used for a server that the request is redirected to,
   * nor for a callee of another domain that asks from behind our proxy.
   */
  readonly auth?: Credentials
  /** True when the call comes from the peer: then `to` is ours and `from` the peer's. Default false. */
  readonly incoming?: boolean
}

/** The parts of a Context that are read once from its init. */
export interface ContextParts {
  readonly from: NameAddr
  readonly to: NameAddr
  readonly target: Uri
  readonly contact: NameAddr | undefined
  readonly routes: readonly NameAddr[]
  readonly cseq: number
}

/** Reads and checks a ContextInit. */
export function readContextInit(init: ContextInit): ContextParts {
  if (!init.from) throw argumentError("a context needs 'from'")
  if (!init.to) throw argumentError("a context needs 'to'")
  const cseq = init.cseq ?? 0
  if (!Number.isInteger(cseq) || cseq < 0 || cseq >= 2 ** 31 - 1) {
    throw argumentError(`'cseq' is a number from 0 to 2147483646, not ${cseq}`)
  }
  const from = toNameAddr(init.from, 'from')
  const to = toNameAddr(init.to, 'to')
  const remote = init.incoming === true ? from : to
  return {
    from,
    to,
    target: init.remoteContact === undefined ? remote.uri : toNameAddr(init.remoteContact, 'remoteContact').uri,
    contact: init.contact === undefined ? undefined : toNameAddr(init.contact, 'contact'),
    routes: [init.route ?? []].flat().map(toRoute),
    cseq,
  }
}

/** The init of the Context for a request that arrived. */
export function initFromRequest(request: SipRequest): ContextInit {
  return {
    from: request.from,
    to: request.to,
    callid: request.callId,
    incoming: true,
    remoteContact: request.contact?.uri ?? request.from.uri,
  }
}

export function toNameAddr(address: Address, key: string): NameAddr {
  if (address instanceof NameAddr) return address
  if (typeof address !== 'string') {
    if (address?.scheme === undefined) throw argumentError(`'${key}' is not an address: ${JSON.stringify(address)}`)
    return new NameAddr({ uri: address })
  }
  const text = address.trim()
  try {
    if (text.includes('<')) return NameAddr.parse(text)
    // Without angle brackets parameters would belong to the header, not to the URI the caller means.
    return new NameAddr({ uri: /^[a-z][a-z0-9+.-]*:/i.test(text) && !isHostPort(text) ? text : toSipUri(text) })
  } catch (cause) {
    throw argumentError(`'${key}' is not an address: ${JSON.stringify(address)}`, cause)
  }
}

function isHostPort(text: string): boolean {
  return !/^(sips?|tel):/i.test(text) && /^[a-z0-9.-]+:\d+$/i.test(text)
}

/** Is this URI, or the first hop towards it, a sips URI? Then our Contact has to be one too (RFC 3261 8.1.1.8). */
export function needsSips(uri: Uri, routes: readonly NameAddr[]): boolean {
  const hop = routes[0]?.uri ?? uri
  return uri.scheme === 'sips' || hop.scheme === 'sips'
}
