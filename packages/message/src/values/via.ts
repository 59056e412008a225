import { argumentError } from '../injection.ts'
import { showAs } from '../inspect.ts'
import { SipParseError } from '../parse-error.ts'
import { bareHost, hostEndOf, hostKind, parseIPv6, wireHost } from '../uri/host.ts'
import { Params, type ParamsInit, emptyParams, scanHeaderParams } from './params.ts'
import { equalsIgnoreCase, isToken, parseDigits, skipSpace, tokenEnd } from './token.ts'

/** What a Via is made from. */
export interface ViaInit {
  /** `UDP`, `TCP`, `TLS`, `WS`, `WSS` or another; written in upper case. */
  protocol: string
  /** A name, an IPv4 address, or an IPv6 address with or without brackets. */
  host: string
  port?: number | undefined
  /** Usually `{ branch }`, with `rport: null` to ask for symmetric answers (RFC 3581). */
  params?: ParamsInit | undefined
}

/** What `Via.with` changes; `undefined` removes. */
export interface ViaChange extends Partial<ViaInit> {
  branch?: string | undefined
  received?: string | undefined
  /** A port, or `true` for the flag that asks for one. */
  rport?: number | true | undefined
}

interface Scanned {
  /** `SIP/2.0` but for what nobody sends. */
  version: string
  protocol: string
  host: string
  port: number | undefined
  params: Params
}

const SIP2 = 'SIP/2.0'

/** One value of Via (RFC 3261 20.42, 25.1): the way that the answer takes back. Immutable. */
export class Via {
  /** In upper case: `UDP`, `TCP`, `TLS`, `WS`, `WSS`, or whatever came. */
  readonly protocol: string
  /** As written, an IPv6 address in brackets. */
  readonly host: string
  readonly port: number | undefined
  readonly params: Params
  readonly #version: string
  #text: string | undefined

  /** @throws TypeError with code `ERR_SIP_ARGUMENT` or `ERR_SIP_INJECTION` when it cannot be written */
  constructor(init: ViaInit)
  /** @internal From text that was checked, or from parts of such. */
  constructor(scanned: Scanned, text: string | undefined, isScanned: true)
  constructor(init: ViaInit | Scanned, text?: string, isScanned?: true) {
    const value = isScanned ? (init as Scanned) : fromInit(init)
    this.protocol = value.protocol
    this.host = value.host
    this.port = value.port
    this.params = value.params
    this.#version = value.version
    this.#text = text
  }

  /** Reads one value: sent-protocol, sent-by, parameters; space around `/` and `:` is allowed. Throws SipParseError. */
  static parse(text: string): Via {
    // nearly every Via starts like one of these, with no space but one
    if (text.startsWith('SIP/2.0/UDP ')) return parseSentBy(text, SIP2, 'UDP', 12)
    if (text.startsWith('SIP/2.0/TCP ')) return parseSentBy(text, SIP2, 'TCP', 12)
    if (text.startsWith('SIP/2.0/TLS ')) return parseSentBy(text, SIP2, 'TLS', 12)
    return parseSlowly(text)
  }

  /** The `branch` parameter: with the magic cookie in front, the name of the transaction (RFC 3261 17.2.3). */
  get branch(): string | undefined {
    return this.params.get('branch')
  }

  /** The address that the message came from, without brackets (RFC 3261 18.2.1). */
  get received(): string | undefined {
    const received = this.params.get('received')
    return received === undefined ? undefined : bareHost(received)
  }

  /** The port that the message came from; `true` when it is only asked for (RFC 3581). */
  get rport(): number | true | undefined {
    const rport = this.params.get('rport')
    if (rport === undefined) return undefined
    return rport === '' ? true : Number(rport)
  }

  /** The `maddr` parameter. */
  get maddr(): string | undefined {
    return this.params.get('maddr')
  }

  /** The `ttl` parameter, 0 to 255. */
  get ttl(): number | undefined {
    const ttl = this.params.get('ttl')
    return ttl === undefined ? undefined : Number(ttl)
  }

  /** `host` or `host:port`, as a Via is compared with a leg's own. */
  get sentBy(): string {
    return this.port === undefined ? this.host : `${this.host}:${this.port}`
  }

  /** This Via with some parts changed; a part given as `undefined` is removed. What is not named stays as it came. */
  with(change: ViaChange): Via {
    let params = 'params' in change ? Params.of(change.params) : this.params
    if ('branch' in change) params = params.with('branch', change.branch)
    if ('received' in change) params = params.with('received', change.received && bareHost(change.received))
    if ('rport' in change) params = params.with('rport', change.rport === true ? null : change.rport?.toString())
    const next: Scanned = {
      version: this.#version,
      protocol: change.protocol === undefined ? this.protocol : checkProtocol(change.protocol),
      host: change.host === undefined ? this.host : wireHost(change.host),
      port: 'port' in change ? change.port : this.port,
      params,
    }
    return new Via(checkWhole(next), undefined, true)
  }

  /** As on the wire: what was parsed comes back as it came. */
  toString(): string {
    return (this.#text ??= `${this.#version}/${this.protocol} ${this.sentBy}${this.params.toString()}`)
  }
}

showAs(Via.prototype, (via) => `Via ${via.toString()}`)

function fromInit(init: ViaInit): Scanned {
  return checkWhole({
    version: SIP2,
    protocol: checkProtocol(init.protocol),
    host: wireHost(init.host),
    port: init.port,
    params: Params.of(init.params),
  })
}

function checkProtocol(protocol: string): string {
  if (!isToken(protocol)) throw argumentError(`not a transport protocol: ${JSON.stringify(protocol)}`)
  return protocolName(protocol)
}

function checkWhole(via: Scanned): Scanned {
  if (via.port !== undefined && !(Number.isInteger(via.port) && via.port >= 1 && via.port <= 65_535)) {
    throw argumentError(`not a port: ${via.port}`)
  }
  for (const [name, value] of via.params) {
    const objection = paramObjection(name, value === '' ? null : value)
    if (objection !== undefined) throw argumentError(objection)
  }
  return via
}

function protocolName(text: string): string {
  return text === 'UDP' || text === 'TCP' || text === 'TLS' || text === 'WS' || text === 'WSS'
    ? text
    : text.toUpperCase()
}

/** RFC 3261 20.42: space is allowed around the slashes, and the protocol name is a token like any other. */
function parseSlowly(text: string): Via {
  const name = token(text, skipSpace(text, 0))
  const version = token(text, afterSlash(text, name.end))
  const protocol = token(text, afterSlash(text, version.end))
  const sentBy = skipSpace(text, protocol.end)
  if (sentBy === protocol.end) throw new SipParseError('Via without a space before its host', { offset: sentBy })
  return parseSentBy(text, `${name.text}/${version.text}`, protocolName(protocol.text), sentBy)
}

function parseSentBy(text: string, version: string, protocol: string, start: number): Via {
  const hostStart = skipSpace(text, start)
  const hostEnd = hostEndOf(text, hostStart)
  if (hostEnd === hostStart) throw new SipParseError('Via without a host name or address', { offset: start })
  let i = skipSpace(text, hostEnd)
  let port: number | undefined
  if (i < text.length && text.charCodeAt(i) === 58) {
    const from = skipSpace(text, i + 1)
    i = tokenEnd(text, from)
    port = parseDigits(text, from, i, 65_535)
    if (!port) throw new SipParseError('not a port', { offset: from })
  }
  const pairs = scanHeaderParams(text, i)
  const objection = pairs && pairsObjection(pairs)
  if (objection !== undefined) throw new SipParseError(objection, { offset: i })
  const params = pairs === undefined ? NONE : new Params(pairs, 'header')
  return new Via({ version, protocol, host: text.slice(hostStart, hostEnd), port, params }, text, true)
}

const NONE = emptyParams('header')

function pairsObjection(pairs: readonly (string | null)[]): string | undefined {
  for (let i = 0; i < pairs.length; i += 2) {
    const objection = paramObjection(pairs[i]!, pairs[i + 1]!)
    if (objection !== undefined) return objection
  }
  return undefined
}

/** What is wrong with the value, as on the wire, of a parameter that Via defines; its name's length tells most apart. */
function paramObjection(name: string, raw: string | null): string | undefined {
  switch (name.length) {
    case 3:
      if (!equalsIgnoreCase(name, 'ttl')) return undefined
      return raw === null || parseDigits(raw, 0, raw.length, 255) === undefined ? 'not a ttl (0 to 255)' : undefined
    case 5:
      if (equalsIgnoreCase(name, 'rport')) {
        return raw !== null && !parseDigits(raw, 0, raw.length, 65_535) ? 'rport is not a port' : undefined
      }
      if (!equalsIgnoreCase(name, 'maddr')) return undefined
      return raw === null || hostKind(raw) === undefined ? 'maddr is not a host' : undefined
    case 6:
      return raw?.charCodeAt(0) === 34 && equalsIgnoreCase(name, 'branch') ? 'a branch must be a token' : undefined
    case 8:
      if (!equalsIgnoreCase(name, 'received')) return undefined
      return raw === null || !isAddress(raw) ? 'received is not an address' : undefined
    default:
      return undefined
  }
}

/** Names are let through, as some elements write them; IPv6 with brackets or without (RFC 5118 4.5). */
function isAddress(text: string): boolean {
  return hostEndOf(text, 0) === text.length || parseIPv6(text) !== undefined
}

function token(text: string, start: number): { text: string; end: number } {
  const end = tokenEnd(text, start)
  if (end === start) throw new SipParseError('Via without SIP/2.0/protocol', { offset: start })
  return { text: text.slice(start, end), end }
}

function afterSlash(text: string, start: number): number {
  const slash = skipSpace(text, start)
  if (text.charCodeAt(slash) !== 47) throw new SipParseError('Via without SIP/2.0/protocol', { offset: slash })
  return skipSpace(text, slash + 1)
}
