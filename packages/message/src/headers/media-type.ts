import { SipParseError } from '../base/parse-error.ts'
import type { Params } from '../params/params.ts'
import { type Form, lowerToken, q } from './forms.ts'
import { list, type ListHeader, single, type SingleHeader, SPARSE } from './header-type.ts'
import { withParams } from './with-params.ts'

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

// `type/subtype`, with space around the slash allowed
const names: Form<readonly [type: string, subtype: string]> = {
  parse: (text, what) => {
    const slash = text.indexOf('/')
    if (slash < 0) throw new SipParseError('a media type without a slash')
    const [type, subtype] = [text.slice(0, slash).trimEnd(), text.slice(slash + 1).trimStart()]
    return [lowerToken.parse(type, what), lowerToken.parse(subtype, what)]
  },
  format: (parts, what) => parts.map((part) => lowerToken.format(part, what)).join('/'),
}

interface Ranged extends Pick<MediaType, 'q' | 'params'> {
  readonly names: readonly [type: string, subtype: string]
}

const ranged = withParams<Ranged>('names', names, { q })

const mediaType: Form<MediaType> = {
  parse: (text, what) => {
    const {
      names: [type, subtype],
      ...rest
    } = ranged.parse(text, what)
    return { type, subtype, ...rest }
  },
  format: ({ type, subtype, ...rest }, what) => ranged.format({ names: [type, subtype], ...rest }, what),
}

/** Content-Type (RFC 3261 20.15). `message.contentType` is the same as text. */
export const ContentType: SingleHeader<MediaType> = single('Content-Type', mediaType)
/** Accept (RFC 3261 20.1). Present and empty it means that nothing is acceptable; absent, application/sdp. */
export const Accept: ListHeader<MediaType> = list('Accept', mediaType, SPARSE)
