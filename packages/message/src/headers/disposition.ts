import type { Params } from '../values/params.ts'
import type { SingleHeader } from './header-type.ts'
import { cutParams, otherParams, param, token, writtenToken } from './parts.ts'

/** How a body is meant (RFC 3261 20.11). */
export interface Disposition {
  /** `session`, `render`, `early-session`, `info-package`, `by-reference` and others, in lower case. */
  readonly type: string
  /** `required` unless it says `optional`. */
  readonly handling: string
  readonly params?: Params | undefined
}

/** Content-Disposition (RFC 3261 20.11). */
export const ContentDisposition: SingleHeader<Disposition> = {
  name: 'Content-Disposition',
  list: false,
  parse: parseDisposition,
  format: ({ type, handling, params }) =>
    writtenToken(type, 'a disposition') +
    (handling === 'required' ? '' : param('handling', handling)) +
    (params?.toString() ?? ''),
}

/** Reads a Content-Disposition. Throws SipParseError. */
export function parseDisposition(text: string): Disposition {
  const { head, params } = cutParams(text)
  return {
    type: token(head, 'a disposition').toLowerCase(),
    handling: params.get('handling')?.toLowerCase() ?? 'required',
    params: otherParams(params, 'handling'),
  }
}

/** The disposition of a body that names none: `session` for SDP, else `render` (RFC 3261 20.11). */
export function defaultDisposition(mediaType: string): Disposition {
  return { type: /^application\/sdp\b/i.test(mediaType) ? 'session' : 'render', handling: 'required' }
}
