import { joinOctets, NO_OCTETS, toOctetString, utf8Octets, utf8Text } from '../base/octets.ts'
import { SipParseError } from '../base/parse-error.ts'
import { ContentDisposition, defaultDisposition, type Disposition } from '../headers/disposition.ts'
import { ContentType } from '../headers/media-type.ts'
import type { SipMessage } from '../message/sip-message.ts'
import { HeaderRows } from '../rows/header-rows.ts'
import { readHeader } from '../rows/row-values.ts'
import { addHeaders, type HeaderInit, SipHeaders } from '../rows/sip-headers.ts'
import { cutParts, type MultipartLimits } from './delimiters.ts'
import { readFields } from './fields.ts'
import { decodeTransfer } from './transfer-encoding.ts'

/** One part of a multipart body (RFC 2046 5.1, RFC 5621): header lines and octets. */
export class BodyPart {
  readonly headers: SipHeaders
  /** The octets as they are in the message. */
  readonly body: Uint8Array
  readonly #limits: MultipartLimits

  /** @throws TypeError with code `ERR_SIP_INJECTION` or `ERR_SIP_ARGUMENT` */
  constructor(init: { contentType?: string | undefined; headers?: HeaderInit | undefined; body: Uint8Array | string })
  /** @internal */
  constructor(init: { body: Uint8Array | string }, rows: HeaderRows, limits: MultipartLimits)
  constructor(
    init: { contentType?: string | undefined; headers?: HeaderInit | undefined; body: Uint8Array | string },
    rows = new HeaderRows(NO_OCTETS, '', []),
    limits: MultipartLimits = {},
  ) {
    this.headers = new SipHeaders(rows)
    this.body = typeof init.body === 'string' ? utf8Octets(init.body) : init.body
    this.#limits = limits
    if (init.contentType !== undefined) this.headers.append('Content-Type', init.contentType)
    if (init.headers !== undefined) addHeaders(rows, init.headers)
  }

  /** @internal The parts of a multipart body. */
  static parseAll(body: Uint8Array, contentType: string, limits: MultipartLimits): BodyPart[] {
    const { maxDepth = 8, maxParts = 64 } = limits
    if (maxDepth < 1) throw new SipParseError('multiparts are nested too deep')
    const deeper = { maxDepth: maxDepth - 1, maxParts }
    return cutParts(body, contentType, maxParts).map((octets) => {
      const { rows, body: content } = readFields(octets)
      return new BodyPart({ body: content }, rows, deeper)
    })
  }

  /** @internal The body of a message as its only part. */
  static ofMessage(message: SipMessage): BodyPart {
    return new BodyPart({ body: message.body }, message.rows, {})
  }

  /** Content-Type as written; `text/plain` when there is none (RFC 2045 5.2). */
  get contentType(): string {
    return this.headers.get('Content-Type') ?? 'text/plain'
  }

  /** Type and subtype in lower case, e.g. `application/sdp`. @throws SipParseError when Content-Type is malformed */
  get type(): string {
    const { type, subtype } = ContentType.parse(this.contentType)
    return `${type}/${subtype}`
  }

  /** Content-Disposition, or what stands for it (RFC 3261 20.11). @throws SipParseError when it is malformed */
  get disposition(): Disposition {
    return (
      (readHeader(this.headers.rows, ContentDisposition) as Disposition | undefined) ??
      defaultDisposition(this.contentType)
    )
  }

  /** Content-ID without its angle brackets, for `cid:` URIs (RFC 2392). */
  get contentId(): string | undefined {
    return this.headers.get('Content-ID')?.replace(/^<|>$/g, '')
  }

  /** The body with its Content-Transfer-Encoding undone (`base64`, `quoted-printable`). @throws SipParseError */
  get decoded(): Uint8Array {
    return decodeTransfer(this.body, this.headers.get('Content-Transfer-Encoding'))
  }

  /** The decoded body as UTF-8. @throws SipParseError as `decoded` does */
  get text(): string {
    return utf8Text(this.decoded)
  }

  /** Whether the body is a multipart itself. @throws SipParseError when Content-Type is malformed */
  get isMultipart(): boolean {
    return this.type.startsWith('multipart/')
  }

  /** The parts of a body that is a multipart itself. @throws SipParseError */
  get parts(): BodyPart[] {
    return BodyPart.parseAll(this.body, this.contentType, this.#limits)
  }

  /** Header lines, empty line, body: what stands between two delimiters. */
  toBytes(): Uint8Array {
    let head = ''
    for (const [name, value] of this.headers) head += `${name}: ${value}\r\n`
    return joinOctets(toOctetString(`${head}\r\n`), this.body)
  }

  /** The part as text. */
  toString(): string {
    return utf8Text(this.toBytes())
  }
}
