import type { Credentials } from '@netsip/auth'
import type { NameAddr, SipRequest, SipResponse, Uri } from '@netsip/message'
import type { Leg, Target } from '@netsip/transport'
import type { Dialog } from '../dialog/dialog.ts'
import { argumentError } from '../errors.ts'

/**
 * Decides whether a 3xx is followed. `'follow'`: any of 300, 301 and 302. `'none'`: nothing. A function is asked about each
 * contact and agrees by `true`; only a function is asked about 305 (Use Proxy), see `response.status`. Default: only 302 is followed.
 */
export type RedirectPolicy = 'follow' | 'none' | ((contact: NameAddr, response: SipResponse) => boolean)

/**
 * Arguments of a request. The keys named here steer the request; every other key becomes a header field, its name
 * written as given, its value a text, a number or a list of them (one field each).
 */
export interface RequestArgs {
  /** Credentials of the new context, when the request makes one. */
  readonly auth?: Credentials
  /** Call-ID of the new context, when the request makes one. */
  readonly callid?: string
  readonly callId?: string
  /** A 401 or 407 that this request answers from the start. */
  readonly resp40x?: SipResponse
  /** Send through this leg. */
  readonly leg?: Leg
  /** Send exactly there, whatever Route and Request-URI say. */
  readonly target?: Target
  /** Another spelling of `target` (dst_addr of Net::SIP). */
  readonly dstAddr?: Target
  /** The dialog to send in, when the context has several. */
  readonly dialog?: Dialog
  /** Aborting it cancels the INVITE or hangs up the call it made; any other request is given up. */
  readonly signal?: AbortSignal
  /** Request-URI, when it is not the one the context implies. */
  readonly uri?: string | Uri
  /** What to do with a 3xx. */
  readonly redirect?: RedirectPolicy
  /** What to do with 2xx responses of further forks: `'first'` (default) hangs them up, `'all'` keeps them. */
  readonly forks?: 'first' | 'all'
  /**
   * What to do when a re-INVITE or UPDATE is refused with 491, because the peer has sent one at the same time: `'retry'`
   * (default) sends it once more after a pause of up to 4 s (RFC 3261 14.1), `'fail'` reports the 491 at once, which suits a
   * program that passes requests on.
   */
  readonly glare?: 'retry' | 'fail'
  /** Header fields whose names collide with one of the keys above. */
  readonly headers?: Readonly<Record<string, unknown>>
  readonly [header: string]: unknown
}

const CONTROLS = new Set([
  'auth',
  'callid',
  'callId',
  'resp40x',
  'leg',
  'target',
  'dstAddr',
  'dialog',
  'signal',
  'uri',
  'redirect',
  'forks',
  'glare',
  'headers',
])

/** Fields that say which call and transaction a request belongs to: the endpoint writes them, nobody else. */
const RESERVED = new Set(['via', 'v', 'from', 'f', 'to', 't', 'call-id', 'i', 'cseq', 'content-length', 'l'])

/** A header field as given by the caller. */
export type HeaderField = readonly [name: string, values: readonly string[]]

/** The header fields among the arguments of a request, in the order given. */
export function headerFields(args: RequestArgs): HeaderField[] {
  const fields: HeaderField[] = []
  for (const name of Object.keys(args)) if (!CONTROLS.has(name)) addField(fields, name, args[name])
  for (const [name, value] of Object.entries(args.headers ?? {})) addField(fields, name, value)
  return fields
}

function addField(fields: HeaderField[], name: string, value: unknown): void {
  const values = headerValues(name, value)
  if (values === undefined) return
  if (/^reason$/i.test(name)) checkReasons(values)
  fields.push([name, values])
}

/** Replaces the fields of a request by those given. */
export function applyHeaderFields(request: SipRequest, fields: readonly HeaderField[]): void {
  for (const [name, values] of fields) {
    request.headers.delete(name)
    for (const value of values) request.headers.append(name, value)
  }
}

/** RFC 3326 2: several reasons are of different protocols. */
function checkReasons(values: readonly string[]): void {
  const reasons = values
    .join()
    .replace(/"(\\.|[^"\\])*"/g, '')
    .split(',')
  const protocols = new Set(reasons.map((reason) => reason.split(';', 1)[0]?.trim().toLowerCase()))
  if (protocols.size < reasons.length) throw argumentError('a Reason names each protocol once (RFC 3326 2)')
}

function headerValues(name: string, value: unknown): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined
  if (RESERVED.has(name.toLowerCase())) throw argumentError(`'${name}' is written by the endpoint and cannot be given`)
  if (typeof value === 'string') return [value]
  if (typeof value === 'number' && Number.isFinite(value)) return [String(value)]
  if (Array.isArray(value)) return value.flatMap((one: unknown) => headerValues(name, one) ?? [])
  throw argumentError(`the header '${name}' needs a text, a number or a list of them, not this ${typeof value}`)
}
