import { argumentError, assertNoInjection } from '../base/injection.ts'
import { showAs } from '../base/inspect.ts'
import { SipParseError } from '../base/parse-error.ts'
import { escapeUri, unescapeUri } from '../grammar/escape.ts'
import { isHost, wireHost } from '../grammar/host.ts'
import { checkPort, parsePort } from '../grammar/port.ts'
import { equalsIgnoreCase, parseDigits } from '../grammar/token.ts'
import { USUAL_HOST_URI, USUAL_USER_URI, isUsual } from '../grammar/usual-shape.ts'
import { Params, type ParamsInit, emptyParams } from '../params/params.ts'
import { wayObjection } from '../params/way-params.ts'
import { equalSipUris, type UriParts } from './compare.ts'
import { assertUriPart, parseUriHeaders, parseUriParams, usualUriParams } from './uri-params.ts'

/** What a SipUri is made from: everything plain, escapes are put where they are needed. */
export interface SipUriInit {
  /** `sip` by default. */
  scheme?: 'sip' | 'sips' | undefined
  user?: string | undefined
  password?: string | undefined
  /** A name, an IPv4 address, or an IPv6 address with or without brackets. */
  host: string
  /** 1 to 65535. Left out, it is not written: a port is no part of the URI by default (RFC 3261 19.1.4). */
  port?: number | undefined
  params?: ParamsInit | undefined
  headers?: ParamsInit | undefined
}

interface Scanned {
  scheme: 'sip' | 'sips'
  user: string | undefined
  password: string | undefined
  host: string
  port: number | undefined
  params: Params
  headers: Params
}

/** A `sip:` or `sips:` URI (RFC 3261 19.1.1). Immutable. */
export class SipUri {
  readonly scheme: 'sip' | 'sips'
  /** As written, an IPv6 address in brackets. */
  readonly host: string
  /** Undefined when the URI names none, which is not the same as naming the default (RFC 3261 19.1.4). */
  readonly port: number | undefined
  readonly params: Params
  /** What stands after `?`: header fields that a request made from this URI is asked to carry. */
  readonly headers: Params
  readonly #user: string | undefined
  readonly #password: string | undefined
  #text: string | undefined

  /** @throws TypeError with code `ERR_SIP_ARGUMENT` or `ERR_SIP_INJECTION` when it cannot be written as a URI */
  constructor(init: SipUriInit)
  /** @internal From text that was checked: user and password escaped as on the wire. */
  constructor(scanned: Scanned, text: string | undefined, isScanned: true)
  constructor(init: SipUriInit | Scanned, text?: string, isScanned?: true) {
    const uri = isScanned ? (init as Scanned) : changed(NOTHING, init)
    this.scheme = uri.scheme
    this.host = uri.host
    this.port = uri.port
    this.params = uri.params
    this.headers = uri.headers
    this.#user = uri.user
    this.#password = uri.password
    this.#text = text
  }

  /** @throws SipParseError when `text` is not a sip or sips URI, with nothing around it */
  static parse(text: string): SipUri {
    const colon = text.indexOf(':')
    const scheme = colon < 0 ? '' : text.slice(0, colon).toLowerCase()
    if (scheme !== 'sip' && scheme !== 'sips') throw new SipParseError('not a sip or sips URI')
    return parseSipUri(text, scheme)
  }

  /** The user part, unescaped. */
  get user(): string | undefined {
    return this.#user === undefined ? undefined : unescapeUri(this.#user)
  }

  /** The password, unescaped; `''` when there is a colon and nothing after it. Never shown by `console.log`. */
  get password(): string | undefined {
    return this.#password === undefined ? undefined : unescapeUri(this.#password)
  }

  /** The user part as on the wire, with its escapes. */
  get rawUser(): string | undefined {
    return this.#user
  }

  /** The password as on the wire, with its escapes. */
  get rawPassword(): string | undefined {
    return this.#password
  }

  /** The `transport` parameter in lower case. */
  get transport(): string | undefined {
    return this.params.get('transport')?.toLowerCase()
  }

  /** Whether the scheme is `sips`. */
  get isSecure(): boolean {
    return this.scheme === 'sips'
  }

  /** Whether the URI marks a loose router (`lr`, whatever its value; RFC 3261 16.12). */
  get lr(): boolean {
    return this.params.has('lr')
  }

  /** The `maddr` parameter. */
  get maddr(): string | undefined {
    return this.params.get('maddr')
  }

  /** This URI with some parts changed; a part given as `undefined` is removed. What is not named stays as it came. */
  with(change: Partial<SipUriInit>): SipUri {
    return new SipUri(changed(this, change), undefined, true)
  }

  /** Whether both name the same resource by RFC 3261 19.1.4. Not transitive. */
  equals(other: { readonly scheme: string }): boolean {
    return other.scheme === this.scheme && other instanceof SipUri && equalSipUris(this, other)
  }

  /** As on the wire: what was parsed comes back as it came. */
  toString(): string {
    return (this.#text ??= this.#write(this.#password))
  }

  /** As `toString`, with the password masked: for logs. */
  redacted(): string {
    return this.#write(this.#password === undefined ? undefined : '***')
  }

  #write(password: string | undefined): string {
    let text = `${this.scheme}:`
    if (this.#user !== undefined) text += password === undefined ? `${this.#user}@` : `${this.#user}:${password}@`
    text += this.host
    if (this.port !== undefined) text += `:${this.port}`
    return text + this.params.toString() + this.headers.toString()
  }
}

showAs(SipUri.prototype, 'SipUri ', (uri) => uri.redacted())

/** What a change is made of: a URI, or nothing yet. */
type Base = UriParts & Pick<SipUri, 'scheme'>

const NO_HEADERS = emptyParams('uri-header')
const NOTHING: Base = {
  scheme: 'sip',
  rawUser: undefined,
  rawPassword: undefined,
  host: '',
  port: undefined,
  params: emptyParams('uri'),
  headers: NO_HEADERS,
}

function changed(base: Base, change: Partial<SipUriInit>): Scanned {
  const { scheme = base.scheme, user, password, host = base.host } = change
  if ((scheme !== 'sip' && scheme !== 'sips') || typeof change === 'string') {
    throw argumentError('wanted: parts of a sip or sips URI, or SipUri.parse(text)')
  }
  if (user !== undefined) assertUser(user)
  if (password !== undefined) assertNoInjection(password, 'password')
  const uri: Scanned = {
    scheme,
    user: 'user' in change ? user && escapeUri(user, 'user') : base.rawUser,
    password: 'password' in change ? password && escapeUri(password, 'password') : base.rawPassword,
    host: wireHost(host),
    port: checkPort('port' in change ? change.port : base.port),
    params: 'params' in change ? Params.of(change.params, 'uri') : base.params,
    headers: 'headers' in change ? Params.of(change.headers, 'uri-header') : base.headers,
  }
  if (uri.password !== undefined && uri.user === undefined) throw argumentError('a password needs a user')
  const objection = paramsObjection(uri)
  if (objection !== undefined) throw argumentError(objection)
  return uri
}

function assertUser(user: string): void {
  assertNoInjection(user, 'user')
  if (user === '') throw argumentError('the user must not be empty; leave it out')
}

/** Reads a URI whose scheme was seen already. Throws SipParseError. */
export function parseSipUri(text: string, scheme: 'sip' | 'sips'): SipUri {
  const at = text.indexOf('@', scheme.length + 1)
  return isUsual(text, at < 0 ? USUAL_HOST_URI : USUAL_USER_URI) ? cutUsual(text, scheme, at) : cutSlowly(text, scheme)
}

/** The same for text that is known to be of the usual shape (see usual-shape.ts). */
export function usualSipUri(text: string): SipUri {
  const scheme = text.charCodeAt(3) === 58 ? 'sip' : 'sips'
  return cutUsual(text, scheme, text.indexOf('@', scheme.length + 1))
}

function cutUsual(text: string, scheme: 'sip' | 'sips', at: number): SipUri {
  const start = scheme.length + 1
  let colon = text.indexOf(':', start)
  let user: string | undefined
  let password: string | undefined
  if (at >= 0) {
    const userEnd = colon < 0 || colon > at ? at : colon
    user = text.slice(start, userEnd)
    if (userEnd < at) {
      password = text.slice(userEnd + 1, at)
      colon = text.indexOf(':', at)
    }
  }
  const hostStart = at < 0 ? start : at + 1
  const semicolon = text.indexOf(';', hostStart)
  const tail = semicolon < 0 ? text.length : semicolon
  const hostEnd = colon < 0 || colon > tail ? tail : colon
  const port = parseDigits(text, hostEnd + 1, tail, 65_535)
  const params = usualUriParams(text, tail)
  const host = text.slice(hostStart, hostEnd)
  return finish({ scheme, user, password, host, port, params, headers: NO_HEADERS }, text, scheme === 'sip')
}

// The parts of a URI, each still to be looked at.
const PARTS = /^sips?:(?:([^:@]+)(?::([^:@]*))?@)?(\[[^\]]*\]|[^:;?]*)(?::(\d+))?([^?]*)(.*)$/is

function cutSlowly(text: string, scheme: 'sip' | 'sips'): SipUri {
  const [, user, password, host, digits, params, headers] = PARTS.exec(text)!
  assertUriPart(`${user}:${password}`, scheme.length + 1)
  const offset = text.length - params!.length - headers!.length
  if (!isHost(host!)) throw new SipParseError('not a host name or address', { offset })
  const uri: Scanned = {
    scheme,
    user,
    password,
    host: host!,
    port: digits === undefined ? undefined : parsePort(digits, offset),
    params: parseUriParams(params!, offset),
    headers: parseUriHeaders(headers!, text.length - headers!.length),
  }
  return finish(uri, text, false)
}

function finish(uri: Scanned, text: string, checked: boolean): SipUri {
  const objection = checked ? undefined : paramsObjection(uri)
  if (objection !== undefined) throw new SipParseError(objection)
  return new SipUri(uri, text, true)
}

function paramsObjection({ scheme, params }: Scanned): string | undefined {
  const transport = scheme === 'sips' ? params.get('transport') : undefined
  if (transport !== undefined && equalsIgnoreCase(transport, 'udp')) return 'a sips URI cannot ask for UDP'
  return wayObjection(params)
}
