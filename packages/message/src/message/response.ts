import { argumentError, assertNoInjection } from '../base/injection.ts'
import { fromOctetString, NO_OCTETS, toOctetString } from '../base/octets.ts'
import { HeaderRows } from '../rows/header-rows.ts'
import { addHeaders, type HeaderInit } from '../rows/sip-headers.ts'
import { bodyOctets, SipMessageBase } from './message.ts'
import { reasonPhrase } from './reason-phrases.ts'

/** What goes into a response beside what is copied from its request. */
export interface ResponseInit {
  /** The reason phrase; the registered one by default. */
  reason?: string | undefined
  /** Headers behind the copied ones. */
  headers?: HeaderInit | undefined
  /** Text is sent as UTF-8. */
  body?: Uint8Array | string | undefined
  /** The tag for To, when the request has none there and the status is over 100 (RFC 3261 8.2.6.2). */
  toTag?: string | undefined
}

/** What a response is made from that answers no request at hand. */
interface ResponseParts extends Omit<ResponseInit, 'toTag'> {
  /** 100 to 699. */
  status: number
}

/** A response (RFC 3261 7.2). */
export class SipResponse extends SipMessageBase {
  #code: number
  // The reason phrase as an octet string.
  #phrase: string

  /** @throws TypeError with code `ERR_SIP_INJECTION` or `ERR_SIP_ARGUMENT` */
  constructor(init: ResponseParts)
  /** @internal */
  constructor(init: ResponseParts, rows: HeaderRows | undefined)
  constructor(init: ResponseParts, rows?: HeaderRows) {
    super(rows ?? new HeaderRows(NO_OCTETS, '', []), rows === undefined ? bodyOctets(init.body) : undefined)
    this.#code = init.status
    this.#phrase = ''
    if (rows === undefined) {
      this.status = init.status
      this.reason = init.reason ?? reasonPhrase(init.status)
      if (init.headers !== undefined) addHeaders(this.rows, init.headers)
    }
  }

  /** @internal A response of parts that were read: nothing is checked. `phrase` is an octet string. */
  static ofParts(status: number, phrase: string, rows: HeaderRows, body: Uint8Array | undefined): SipResponse {
    const response = new SipResponse({ status }, rows)
    if (body !== undefined) response.body = body
    response.#phrase = phrase
    return response
  }

  /** `'response'`. */
  override get type(): 'response' {
    return 'response'
  }

  /** The status code, 100 to 699. Setting anything else throws a TypeError. */
  get status(): number {
    return this.#code
  }

  set status(value: number) {
    if (!Number.isInteger(value) || value < 100 || value > 699) throw argumentError(`${value} is not a status code`)
    this.#code = value
  }

  /** The reason phrase; may be empty. */
  get reason(): string {
    return fromOctetString(this.#phrase)
  }

  set reason(value: string) {
    assertNoInjection(value, 'a reason phrase')
    this.#phrase = toOctetString(value)
  }

  /** A response of its own with the same content; the body is shared. */
  override clone(): this {
    return SipResponse.ofParts(this.#code, this.#phrase, this.rows.clone(), this.body) as this
  }

  /** @internal */
  override startLine(): string {
    return `SIP/2.0 ${this.#code} ${this.#phrase}\r\n`
  }
}

Object.defineProperty(SipResponse.prototype, Symbol.for('netsip.SipResponse'), { value: true })
