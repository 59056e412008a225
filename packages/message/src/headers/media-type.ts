import { SipParseError } from '../parse-error.ts'
import type { Params } from '../values/params.ts'
import type { ListHeader, SingleHeader } from './header-type.ts'
import { cutParams, otherParams, param, token, writtenToken } from './parts.ts'
import { parseQ } from './q.ts'

/** A media type or, in Accept, a range of them (RFC 3261 20.1, 20.15). Type and subtype are in lower case. */
export interface MediaType {
  /** `application`, or `*`. */
  readonly type: string
  /** `sdp`, or `*`. */
  readonly subtype: string
  /** In Accept: 0 to 1, how welcome it is. */
  readonly q?: number | undefined
  /** The other parameters, `boundary` and `charset` among them. */
  readonly params?: Params | undefined
}

/** Content-Type (RFC 3261 20.15). `message.contentType` is the same as text. */
export const ContentType: SingleHeader<MediaType> = {
  name: 'Content-Type',
  list: false,
  parse: parseMediaType,
  format: formatMediaType,
}

/** Accept (RFC 3261 20.1). Present and empty it means that nothing is acceptable; absent, application/sdp. */
export const Accept: ListHeader<MediaType> = {
  name: 'Accept',
  list: true,
  sparse: true,
  parse: parseMediaType,
  format: formatMediaType,
}

/** Reads `type/subtype;params`, with space around the slash allowed. Throws SipParseError. */
export function parseMediaType(text: string): MediaType {
  const { head, params } = cutParams(text)
  const slash = head.indexOf('/')
  if (slash < 0) throw new SipParseError('a media type without a slash')
  const q = parseQ(params)
  return {
    type: token(head.slice(0, slash).trimEnd(), 'a media type').toLowerCase(),
    subtype: token(head.slice(slash + 1).trimStart(), 'a media subtype').toLowerCase(),
    ...(q !== undefined && { q }),
    params: otherParams(params, 'q'),
  }
}

function formatMediaType({ type, subtype, q, params }: MediaType): string {
  const name = `${writtenToken(type, 'a media type')}/${writtenToken(subtype, 'a media subtype')}`
  return name + param('q', q) + (params?.toString() ?? '')
}
