import type { Params } from '../params/params.ts'
import { type Form, lowerToken, word } from './forms.ts'
import { single, type SingleHeader } from './header-type.ts'
import { withParams } from './with-params.ts'

/** How a body is meant (RFC 3261 20.11). */
export interface Disposition {
  /** `session`, `render`, `early-session`, `info-package`, `by-reference` and others, in lower case. */
  readonly type: string
  /** `required` unless it says `optional`. */
  readonly handling: string
  readonly params?: Params | undefined
}

const handling: Form<string> = {
  parse: (text) => text.toLowerCase(),
  format: (value, what) => word.format(value, what),
  absent: 'required',
}

/** Content-Disposition (RFC 3261 20.11). */
export const ContentDisposition: SingleHeader<Disposition> = single(
  'Content-Disposition',
  withParams<Disposition>('type', lowerToken, { handling }),
)

/** The disposition of a body that names none: `session` for SDP, else `render` (RFC 3261 20.11). */
export function defaultDisposition(mediaType: string): Disposition {
  return { type: /^application\s*\/\s*sdp\s*(;|$)/i.test(mediaType) ? 'session' : 'render', handling: 'required' }
}
