import { SipParseError } from '../base/parse-error.ts'
import type { Params } from '../params/params.ts'
import { type Form, number, word } from './forms.ts'
import { single, type SingleHeader } from './header-type.ts'
import { withParams } from './with-params.ts'

/** How long a session lives without a refresh (RFC 4028 4). */
export interface SessionExpiresValue {
  readonly seconds: number
  readonly refresher?: 'uac' | 'uas' | undefined
  readonly params?: Params | undefined
}

const refresher: Form<'uac' | 'uas'> = {
  parse: (text) => {
    const who = text.toLowerCase()
    if (who !== 'uac' && who !== 'uas') throw new SipParseError('a refresher that is neither uac nor uas')
    return who
  },
  format: (value, what) => word.format(value, what),
}

/** Session-Expires (RFC 4028 4). */
export const SessionExpires: SingleHeader<SessionExpiresValue> = single(
  'Session-Expires',
  withParams<SessionExpiresValue>('seconds', number, { refresher }),
)

/** The shortest session interval that is taken (RFC 4028 5). */
export interface MinSEValue {
  readonly seconds: number
  readonly params?: Params | undefined
}

/** Min-SE (RFC 4028 5). */
export const MinSE: SingleHeader<MinSEValue> = single('Min-SE', withParams<MinSEValue>('seconds', number, {}))
