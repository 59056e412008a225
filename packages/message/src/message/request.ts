import { argumentError, assertNoInjection } from '../base/injection.ts'
import { flat, fromOctetString, NO_OCTETS, toOctetString } from '../base/octets.ts'
import { SipParseError } from '../base/parse-error.ts'
import { isToken } from '../grammar/token.ts'
import { HeaderRows } from '../rows/header-rows.ts'
import { addHeaders, type HeaderInit } from '../rows/sip-headers.ts'
import { parseUri, type Uri } from '../uri/parse-uri.ts'
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
  headers?: HeaderInit
  /** Text is sent as UTF-8. */
  body?: Uint8Array | string
}

/** A request (RFC 3261 7.1). */
export class SipRequest extends SipMessageBase {
  #verb: string
  // The Request-URI as an octet string; its value once it was read.
  #target: string
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
    this.#target = ''
    this.#uriValue = undefined
    if (rows === undefined) {
      this.method = init.method
      this.uri = init.uri
      if (init.headers !== undefined) addHeaders(this.rows, init.headers)
    }
  }

  /** @internal A request of parts that were read: nothing is checked. `target` is an octet string. */
  static ofParts(method: string, target: string, rows: HeaderRows, body: Uint8Array | undefined): SipRequest {
    const request = new SipRequest({ method, uri: '' }, rows)
    if (body !== undefined) request.body = body
    request.#target = target
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
    return (this.#uriValue ??= this.readUri())
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
    const copy = SipRequest.ofParts(this.#verb, this.#target, this.rows.clone(), this.body)
    copy.#uriValue = this.#uriValue
    return copy as this
  }

  /**
   * The response to this request (RFC 3261 8.2.6): Via, From, To, Call-ID and CSeq as they came, Timestamp in a 100
   * and Record-Route in a 101 to 299 (12.1.1). Nothing of it is parsed, so that a request with bad values can be
   * answered as well.
   *
   * @param status 100 to 699
   * @param reason the reason phrase (the registered one by default), or the whole `init`
   */
  createResponse(status: number, reason?: string | ResponseInit, init?: ResponseInit): SipResponse {
    return createResponse(this, status, reason, init)
  }

  /** The ACK for a final response that is not a 2xx (RFC 3261 17.1.1.3). An ACK for a 2xx is a request of its dialog. */
  createAck(response: SipResponse): SipRequest {
    const ack = SipRequest.ofParts('ACK', this.#target, ackRows(this, response), NO_OCTETS)
    ack.#uriValue = this.#uriValue
    return ack
  }

  /** The CANCEL for this request (RFC 3261 9.1). */
  createCancel(): SipRequest {
    const cancel = SipRequest.ofParts('CANCEL', this.#target, cancelRows(this), NO_OCTETS)
    cancel.#uriValue = this.#uriValue
    return cancel
  }

  /** @internal */
  override startLine(): string {
    return `${this.#verb} ${this.#target} SIP/2.0\r\n`
  }

  private readUri(): Uri {
    try {
      return parseUri(flat(fromOctetString(this.#target)))
    } catch (error) {
      if (!(error instanceof SipParseError)) throw error
      throw error.within({ header: 'Request-URI', offset: this.#verb.length + 1 })
    }
  }
}

Object.defineProperty(SipRequest.prototype, Symbol.for('netsip.SipRequest'), { value: true })
