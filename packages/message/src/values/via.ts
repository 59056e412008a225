import { argumentError } from '../base/injection.ts'
import { showAs } from '../base/inspect.ts'
import { SipParseError } from '../base/parse-error.ts'
import { bareHost, hostEndOf, isHost, parseIPv6, wireHost } from '../grammar/host.ts'
import { checkPort, parsePort } from '../grammar/port.ts'
import { TOKEN_CHAR, isPrintable, isToken, parseDigits } from '../grammar/token.ts'
import { USUAL_VIA, isUsual } from '../grammar/usual-shape.ts'
import { Params, type ParamsInit, emptyParams } from '../params/params.ts'
import { parseHeaderParams, usualHeaderParams } from '../params/scan-params.ts'
import { wayObjection } from '../params/way-params.ts'

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
  /** Those of the text, behind all that stands before them there. */
  params: Params
  /** Whether the text is known to be printable ASCII. */
  isPlain: boolean
}

const SIP2 = 'SIP/2.0'
const NO_PARAMS = emptyParams('header')

/** One value of Via (RFC 3261 20.42, 25.1): the way that the answer takes back. Immutable. */
export class Via {
  /** In upper case: `UDP`, `TCP`, `TLS`, `WS`, `WSS`, or whatever came. */
  readonly protocol: string
  /** As written, an IPv6 address in brackets. */
  readonly host: string
  readonly port: number | undefined
  readonly params: Params
  readonly #version: string
  readonly #text: string
  readonly #isPlain: boolean
  // Where the branch is looked for: before it was marked, while its text is in one piece.
  #named: Params

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
    this.#named = value.params
    this.#version = value.version
    this.#text = text ?? value.params.whole
    this.#isPlain = value.isPlain
  }

  /** Reads one value: sent-protocol, sent-by, parameters; space around `/` and `:` is allowed. Throws SipParseError. */
  static parse(text: string): Via {
    return isUsual(text, USUAL_VIA) ? parseUsual(text) : parseSlowly(text)
  }

  /** @internal The text of a Via that is known to be printable ASCII; false for any other, and for what is no Via. */
  static plainText(via: Via): string | false {
    return #text in via && via.#isPlain && via.#text
  }

  /** The `branch` parameter: with the magic cookie in front, the name of the transaction (RFC 3261 17.2.3). */
  get branch(): string | undefined {
    return this.#named.get('branch')
  }

  /** The address that the message came from, without brackets (RFC 3261 18.2.1). */
  get received(): string | undefined {
    const received = this.params.get('received')
    return received && bareHost(received)
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
    return sentBy(this.host, this.port)
  }

  /** This Via with some parts changed; a part given as `undefined` is removed. What is not named stays as it came. */
  with(change: ViaChange): Via {
    let params = 'params' in change ? Params.of(change.params) : this.params
    if ('branch' in change) params = params.with('branch', change.branch)
    // what each element sets alone is looked at alone: text that was just put together must be joined before it is read
    if (params !== this.params) refuse(paramsObjection(params, ''))
    if ('rport' in change)
      params = params.with('rport', change.rport === true ? null : checkPort(change.rport)?.toString())
    const received = change.received && bareHost(change.received)
    refuse(receivedObjection(received))
    if ('received' in change) params = params.with('received', received)
    const protocol = change.protocol === undefined ? this.protocol : checkProtocol(change.protocol)
    const host = change.host === undefined ? this.host : wireHost(change.host)
    const port = 'port' in change ? checkPort(change.port) : this.port
    if ('params' in change || protocol !== this.protocol || host !== this.host || port !== this.port) {
      return new Via(scanned(this.#version, protocol, host, port, params), undefined, true)
    }
    // a token, a port and a host at most are new
    return this.#behind(params)
  }

  /**
   * This Via as whoever received it marks it when asked to by a bare `rport` (RFC 3581 4): with that port, and `received`.
   * Undefined when there is no bare `rport`, or a `received` already: then `with` sets what is due. Undefined
   * as well for what is no address.
   *
   * @param address the IPv4 or IPv6 address of the socket, without brackets
   * @throws TypeError with code `ERR_SIP_ARGUMENT` for what is no port
   */
  withSource(address: string, port: number): Via | undefined {
    if (receivedObjection(address)) return undefined
    const params = this.params.withSource(address, checkPort(port)!)
    const marked = params && this.#behind(params)
    if (marked) marked.#named = this.#named
    return marked
  }

  // a token, a port and a host at most are new
  #behind(params: Params): Via {
    const { protocol, host, port } = this
    return new Via({ version: this.#version, protocol, host, port, params, isPlain: this.#isPlain }, undefined, true)
  }

  /** As on the wire: what was parsed comes back as it came. */
  toString(): string {
    return this.#text
  }
}

showAs(Via.prototype, 'Via ', String)

function fromInit({ protocol, host, port, params }: ViaInit): Scanned {
  const checked = Params.of(params)
  refuse(paramsObjection(checked, ''))
  return scanned(SIP2, checkProtocol(protocol), wireHost(host), checkPort(port), checked)
}

/** The parts of a Via, its text made of them. */
function scanned(version: string, protocol: string, host: string, port: number | undefined, params: Params): Scanned {
  const placed = params.behind(`${version}/${protocol} ${sentBy(host, port)}`)
  return { version, protocol, host, port, params: placed, isPlain: isPrintable(placed.whole) }
}

function sentBy(host: string, port: number | undefined): string {
  return port === undefined ? host : `${host}:${port}`
}

function checkProtocol(protocol: string): string {
  if (!isToken(protocol)) throw argumentError(`not a transport protocol: ${JSON.stringify(protocol)}`)
  return protocol.toUpperCase()
}

function refuse(objection: string | undefined): void {
  if (objection !== undefined) throw argumentError(objection)
}

function parseUsual(text: string): Via {
  // the name of the protocol has two to four letters
  let space = SIP2.length + 3
  while (text.charCodeAt(space) !== 32) space++
  const protocol = text.slice(SIP2.length + 1, space)
  const start = space + 1
  const semicolon = text.indexOf(';', start)
  const tail = semicolon < 0 ? text.length : semicolon
  const colon = text.indexOf(':', start)
  const nameEnd = colon < 0 || colon > tail ? tail : colon
  const hostEnd = text.charCodeAt(start) === 91 ? hostEndOf(text, start) : nameEnd
  if (hostEnd === start) throw new SipParseError('Via without a host name or address', { offset: hostEnd })
  const port = parseDigits(text, hostEnd + 1, tail, 65_535)
  const params = tail === text.length ? NO_PARAMS.behind(text) : usualHeaderParams(text, tail)
  const host = text.slice(start, hostEnd)
  return new Via({ version: SIP2, protocol, host, port, params, isPlain: true }, text, true)
}

// RFC 3261 20.42: space is allowed around the slashes and the colon, and the protocol name is a token like any other.
const slash = '[ \\t]*/[ \\t]*'
const word = `(${TOKEN_CHAR}+)`
const HEAD: RegExp = new RegExp(
  `^[ \\t]*${word}${slash}${word}${slash}${word}[ \\t]+(\\[[^\\]]*]|[^[ \\t:;]*)[ \\t]*(?::[ \\t]*(\\d+))?`,
)

function parseSlowly(text: string): Via {
  const [head, name, version, protocol, host, digits] = HEAD.exec(text) ?? []
  if (head === undefined) throw new SipParseError('Via without SIP/2.0/protocol and a host')
  if (!isHost(host!)) throw new SipParseError('Via without a host name or address')
  const port = digits === undefined ? undefined : parsePort(digits, head.length - digits.length)
  const params = parseHeaderParams(text, head.length)
  const objection = paramsObjection(params, null)
  if (objection !== undefined) throw new SipParseError(objection, { offset: head.length })
  const parts = scanned(`${name}/${version}`, protocol!.toUpperCase(), host!, port, params)
  return new Via({ ...parts, isPlain: false }, text, true)
}

/** What is wrong with the value of a parameter that Via defines. One that comes with an empty branch is let in, yet none goes out. */
function paramsObjection(params: Params, noBranch: '' | null): string | undefined {
  const branch = params.raw('branch')
  if (branch === noBranch || branch?.startsWith('"')) return 'a branch must be a token'
  const rport = params.raw('rport')
  if (rport && !parseDigits(rport, 0, rport.length, 65_535)) return 'rport is not a port'
  return receivedObjection(params.raw('received')) ?? wayObjection(params)
}

// Names are let through, as some elements write them; IPv6 with brackets or without (RFC 5118 4.5).
function receivedObjection(received: string | undefined): string | undefined {
  return received === undefined || isHost(received) || parseIPv6(received) ? undefined : 'received is not an address'
}
