import { argumentError } from '../base/injection.ts'
import { showAs } from '../base/inspect.ts'
import { SipParseError } from '../base/parse-error.ts'
import { QUOTED, quote, unquote } from '../grammar/quoted.ts'
import { isToken, trimEnd } from '../grammar/token.ts'
import { USUAL_NAME_ADDR, USUAL_SIP_ADDR, isUsual } from '../grammar/usual-shape.ts'
import { Params, type ParamsInit } from '../params/params.ts'
import { parseHeaderParams, usualHeaderParams } from '../params/scan-params.ts'
import { type Uri, parseUri, parseUriAt } from '../uri/parse-uri.ts'
import { usualSipUri } from '../uri/sip-uri.ts'

/** What a NameAddr is made from. */
export interface NameAddrInit {
  displayName?: string | undefined
  uri: Uri | string
  /** The parameters of the header value, not of the URI. */
  params?: ParamsInit | undefined
}

/** What `NameAddr.with` changes: `tag` sets that one parameter, `undefined` removes. */
export interface NameAddrChange {
  displayName?: string | undefined
  uri?: Uri | string
  params?: ParamsInit | undefined
  tag?: string | undefined
}

/** A value as its text has it: where the URI stands, and where all that comes before the parameters ends. */
interface Scanned {
  displayName: string | undefined
  params: Params
  source: string
  uriStart: number
  uriEnd: number
  headEnd: number
  uri: Uri | undefined
  /** Whether the URI is known to be of the usual shape (see usual-shape.ts). */
  usualUri: boolean
}

/**
 * The value of From, To, Contact, Route, Refer-To ...: an address with a name and parameters (RFC 3261 20, 25.1).
 * Immutable. The URI is read when it is first asked for.
 */
export class NameAddr {
  /** Without quotes and escapes; undefined when there is none. */
  readonly displayName: string | undefined
  /** The parameters of the header value, those after `>`. */
  readonly params: Params
  readonly #source: string
  readonly #uriStart: number
  readonly #uriEnd: number
  readonly #headEnd: number
  readonly #usualUri: boolean
  #uri: Uri | undefined
  #text: string | undefined

  /**
   * @throws TypeError with code `ERR_SIP_ARGUMENT` or `ERR_SIP_INJECTION` when it cannot be written
   * @throws SipParseError when `uri` is a string and no URI
   */
  constructor(init: NameAddrInit)
  /** @internal From text that was checked, or from parts of such. */
  constructor(scanned: Scanned, text: string | undefined, isScanned: true)
  constructor(init: NameAddrInit | Scanned, text?: string, isScanned?: true) {
    const value = isScanned ? (init as Scanned) : fromInit(init as NameAddrInit)
    this.displayName = value.displayName
    this.params = value.params
    this.#source = value.source
    this.#uriStart = value.uriStart
    this.#uriEnd = value.uriEnd
    this.#headEnd = value.headEnd
    this.#usualUri = value.usualUri
    this.#uri = value.uri
    this.#text = text
  }

  /**
   * Reads one name-addr or addr-spec with its parameters. Without `<>` every parameter is the header's, not the URI's
   * (RFC 3261 20.10).
   *
   * @throws SipParseError
   */
  static parse(text: string): NameAddr {
    const usualUri = isUsual(text, USUAL_SIP_ADDR)
    if (!usualUri && !isUsual(text, USUAL_NAME_ADDR)) return parseSlowly(text)
    const open = text.indexOf('<')
    const close = text.indexOf('>', open)
    const displayName = open === 0 ? undefined : usualName(text, open)
    return new NameAddr(
      {
        displayName,
        params: usualHeaderParams(text, close + 1),
        source: text,
        uriStart: open + 1,
        uriEnd: close,
        headEnd: close + 1,
        uri: undefined,
        usualUri,
      },
      text,
      true,
    )
  }

  /** @throws SipParseError when what stands between `<>` is no URI */
  get uri(): Uri {
    if (this.#uri === undefined) {
      const text = this.#source.slice(this.#uriStart, this.#uriEnd)
      this.#uri = this.#usualUri ? usualSipUri(text) : parseUriAt(text, this.#uriStart)
    }
    return this.#uri
  }

  /** The `tag` parameter (RFC 3261 19.3). */
  get tag(): string | undefined {
    return this.params.get('tag')
  }

  /** Whether the URI stands in `<>`, as Route, Record-Route and Path demand (RFC 3261 25.1). */
  get bracketed(): boolean {
    return this.#headEnd > this.#uriEnd
  }

  /** This value with some parts changed; a part given as `undefined` is removed. What is not named stays as it came. */
  with(change: NameAddrChange): NameAddr {
    let params = 'params' in change ? paramsOf(change.params) : this.params
    if ('tag' in change) params = withTag(params, change.tag)
    const named = 'displayName' in change
    if (named || change.uri !== undefined) {
      const displayName = named ? change.displayName : this.displayName
      // a name that came may hold what none may be given: a NUL in a quoted-pair (RFC 3261 25.1)
      const before = named ? nameText(displayName) : this.#source.substring(0, this.#uriStart - 1)
      return new NameAddr(placed(displayName, before, change.uri ?? this.uri, params), undefined, true)
    }
    const same: Scanned = {
      displayName: this.displayName,
      params,
      source: this.#source,
      uriStart: this.#uriStart,
      uriEnd: this.#uriEnd,
      headEnd: this.#headEnd,
      uri: this.#uri,
      usualUri: this.#usualUri,
    }
    return new NameAddr(same, undefined, true)
  }

  /** Whether both are the same by RFC 3261 20.20: URIs by 19.1.4 and equal tags; names and the rest do not count. */
  equals(other: NameAddr): boolean {
    return this.tag === other.tag && this.uri.equals(other.uri)
  }

  /** As on the wire: what was parsed comes back as it came. */
  toString(): string {
    return (this.#text ??= this.#source.slice(0, this.#headEnd) + this.params.toString())
  }

  /** As `toString`, with a password in the URI masked: for logs. Never throws. */
  redacted(): string {
    const uri = this.#source.slice(this.#uriStart, this.#uriEnd)
    const colon = uri.indexOf(':', uri.indexOf(':') + 1)
    const at = uri.lastIndexOf('@')
    const masked = colon >= 0 && colon < at ? `${uri.slice(0, colon)}:***${uri.slice(at)}` : uri
    const tail = this.#source.slice(this.#uriEnd, this.#headEnd) + this.params.toString()
    return this.#source.slice(0, this.#uriStart) + masked + tail
  }
}

showAs(NameAddr.prototype, 'NameAddr ', (value) => value.redacted())

function fromInit({ displayName, uri, params }: NameAddrInit): Scanned {
  return placed(displayName, nameText(displayName), uri, paramsOf(params))
}

function nameText(displayName: string | undefined): string {
  return displayName ? `${isToken(displayName) ? displayName : quote(displayName)} ` : ''
}

/** A URI in `<>` with a name before it, as it is written. */
function placed(displayName: string | undefined, before: string, uri: Uri | string, params: Params): Scanned {
  const parsed = typeof uri === 'string' ? parseUri(uri) : uri
  const source = `${before}<${parsed.toString()}>`
  const { length } = source
  const at = { uriStart: before.length + 1, uriEnd: length - 1, headEnd: length }
  return { displayName, params, source, ...at, uri: parsed, usualUri: false }
}

function paramsOf(init: ParamsInit | undefined): Params {
  const params = Params.of(init)
  if (params.has('tag')) assertTag(params.get('tag'))
  return params
}

function withTag(params: Params, tag: string | undefined): Params {
  if (tag !== undefined) assertTag(tag)
  return params.with('tag', tag)
}

function assertTag(tag: string | undefined): void {
  if (tag === undefined || !isToken(tag)) throw argumentError(`a tag must be a token: ${JSON.stringify(tag)}`)
}

function usualName(text: string, open: number): string {
  const end = trimEnd(text, 0, open)
  return text.charCodeAt(0) === 34 ? text.slice(1, end - 1) : text.slice(0, end)
}

// A name, quoted or tokens with space between them, and a URI in `<>`, or a URI alone, which then may not hold a comma or a
// question mark (RFC 3261 20.10, 25.1). Names may be text that is not ASCII. What else a URI may not hold is refused when
// it is read.
const displayName = `(${QUOTED})[ \\t]*|((?:[\\w.!%*+\`'~\\x80-\\uffff-][\\w.!%*+\`'~ \\t\\x80-\\uffff-]*)?)`
const ADDRESS: RegExp = new RegExp(
  `^[ \\t]*(?:(?:${displayName})<([^\\0-\\x20>](?:[^\\0>]*[^\\0-\\x20>])?)>|(?!")([^\\0-\\x20<;?,]+))`,
)

function parseSlowly(text: string): NameAddr {
  const [head, quoted, tokens, inBrackets, alone] = ADDRESS.exec(text) ?? []
  if (head === undefined) throw new SipParseError('neither an address in <>, with its name before it, nor a URI alone')
  const headEnd = head.length
  const uriEnd = alone === undefined ? headEnd - 1 : headEnd
  const params = parseHeaderParams(text, headEnd)
  if (params.raw('tag')?.startsWith('"')) throw new SipParseError('a tag must be a token', { offset: headEnd })
  return new NameAddr(
    {
      displayName: quoted ? unquote(quoted) : tokens?.slice(0, trimEnd(tokens, 0, tokens.length)) || undefined,
      params,
      source: text,
      uriStart: uriEnd - (inBrackets ?? alone)!.length,
      uriEnd,
      headEnd,
      uri: undefined,
      usualUri: false,
    },
    text,
    true,
  )
}
