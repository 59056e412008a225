import { argumentError, assertNoInjection } from '../base/injection.ts'
import { NO_OCTETS, toOctetString, utf8Text } from '../base/octets.ts'
import { isToken } from '../grammar/token.ts'
import { HeaderRows } from '../rows/header-rows.ts'
import { addHeaders, type HeaderInit } from '../rows/sip-headers.ts'
import { parseUri, parseUriAt, type Uri } from '../uri/parse-uri.ts'
import { ackRows } from './create-ack.ts'
import { cancelRows } from './create-cancel.ts'
import { createResponse } from './create-response.ts'
import { bodyOctets, SipMessageBase } from './message.ts'
import type { ResponseInit, SipResponse } from './response.ts'

/** What a request is made from. */
export interface RequestInit {
  /** A token, in upper case for every method there is. */
  method: string
  /** The Request-URI. */
  uri: Uri | string
  headers?: HeaderInit | undefined
  /** Text is sent as UTF-8. */
  body?: Uint8Array | string | undefined
}

/** A request (RFC 3261 7.1). */
export class SipRequest extends SipMessageBase {
  #verb: string
  // The Request-URI as an octet string, and where it stands in what was received; its value once it was read or written.
  #target = ''
  #targetStart = 0
  #uriValue: Uri | undefined

  /**
   * @throws TypeError with code `ERR_SIP_INJECTION` or `ERR_SIP_ARGUMENT`; SipParseError for a URI that is none
   */
  constructor(init: RequestInit)
  /** @internal */
  constructor(init: RequestInit, rows: HeaderRows | undefined)
  constructor(init: RequestInit, rows?: HeaderRows) {
    super(rows ?? new HeaderRows(NO_OCTETS, '', []), rows === undefined ? bodyOctets(init.body) : undefined)
    this.#verb = init.method
    if (rows === undefined) {
      this.method = init.method
      this.uri = init.uri
      if (init.headers !== undefined) addHeaders(this.rows, init.headers)
    }
  }

  /** @internal A request of parts that were read: nothing is checked. `target` is what the octets of `rows` hold at `start`. */
  static ofParts(method: string, target: string, start: number, rows: HeaderRows): SipRequest {
    const request = new SipRequest({ method, uri: '' }, rows)
    request.#target = target
    request.#targetStart = start
    return request
  }

  /** `'request'`. */
  override get type(): 'request' {
    return 'request'
  }

  /** The method, case-sensitive. Setting what is no token throws a TypeError. */
  get method(): string {
    return this.#verb
  }

  set method(value: string) {
    assertNoInjection(value, 'a method')
    if (!isToken(value)) throw argumentError(`'${value}' is not a method`)
    this.#verb = value
  }

  /** The Request-URI. Takes text as well. @throws SipParseError when it is malformed */
  get uri(): Uri {
    const start = this.#targetStart
    return (this.#uriValue ??= parseUriAt(
      utf8Text(this.rows.octets, start, start + this.#target.length),
      start,
      'Request-URI',
    ))
  }

  set uri(value: Uri | string) {
    const uri = typeof value === 'string' ? parseUri(value) : value
    const text = uri.toString()
    assertNoInjection(text, 'a Request-URI')
    if (text.includes(' ')) throw argumentError('white space in a Request-URI')
    this.#target = toOctetString(text)
    this.#uriValue = uri
  }

  /** A request of its own with the same content; the body is shared. */
  override clone(): this {
    const copy = this.withRows(this.#verb, this.rows.clone())
    copy.body = this.body
    return copy as this
  }

  /**
   * The response to this request (RFC 3261 8.2.6): Via, From, To, Call-ID and CSeq as they came, Timestamp in a 100
   * and Record-Route in a 101 to 299 (12.1.1). Nothing of it is parsed, so that a request with bad values can be
   * answered as well.
   *
   * @param status 100 to 699
   * @param reason the reason phrase (the registered one by default), or the whole `init`
   * @throws TypeError with code `ERR_SIP_ARGUMENT` for a status or a tag that is none, or `ERR_SIP_INJECTION`
   */
  createResponse(status: number, reason?: string | ResponseInit, init?: ResponseInit): SipResponse {
    return createResponse(this, status, reason, init)
  }

  /**
   * The ACK for a final response that is not a 2xx (RFC 3261 17.1.1.3). An ACK for a 2xx is a request of its dialog.
   *
   * @throws SipParseError when the top Via or CSeq of this request is malformed
   */
  createAck(response: SipResponse): SipRequest {
    return this.withRows('ACK', ackRows(this, response))
  }

  /**
   * The CANCEL for this request (RFC 3261 9.1).
   *
   * @throws SipParseError when its top Via or CSeq is malformed
   */
  createCancel(): SipRequest {
    return this.withRows('CANCEL', cancelRows(this))
  }

  /** @internal */
  override startLine(): string {
    return `${this.#verb} ${this.#target} SIP/2.0\r\n`
  }

  // One with the same Request-URI, of rows that are cut from the same octets.
  private withRows(method: string, rows: HeaderRows): SipRequest {
    const request = SipRequest.ofParts(method, this.#target, this.#targetStart, rows)
    request.#uriValue = this.#uriValue
    return request
  }
}

Object.defineProperty(SipRequest.prototype, Symbol.for('netsip.SipRequest'), { value: true })
