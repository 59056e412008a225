import { SipParseError } from '../parse-error.ts'
import type { Params } from '../values/params.ts'
import type { SingleHeader } from './header-type.ts'
import { cutParams, digits, number, otherParams, param } from './parts.ts'

/** How long a session lives without a refresh (RFC 4028 4). */
export interface SessionExpiresValue {
  readonly seconds: number
  readonly refresher?: 'uac' | 'uas' | undefined
  readonly params?: Params | undefined
}

/** Session-Expires (RFC 4028 4). */
export const SessionExpires: SingleHeader<SessionExpiresValue> = {
  name: 'Session-Expires',
  list: false,
  parse(text) {
    const { head, params } = cutParams(text)
    const refresher = params.get('refresher')?.toLowerCase()
    if (refresher !== undefined && refresher !== 'uac' && refresher !== 'uas') {
      throw new SipParseError('a refresher that is neither uac nor uas')
    }
    return {
      seconds: number(head, 'Session-Expires'),
      ...(refresher !== undefined && { refresher }),
      params: otherParams(params, 'refresher'),
    }
  },
  format: ({ seconds, refresher, params }) =>
    digits(seconds, 'Session-Expires') + param('refresher', refresher) + (params?.toString() ?? ''),
}

/** The shortest session interval that is taken (RFC 4028 5). */
export interface MinSEValue {
  readonly seconds: number
  readonly params?: Params | undefined
}

/** Min-SE (RFC 4028 5). */
export const MinSE: SingleHeader<MinSEValue> = {
  name: 'Min-SE',
  list: false,
  parse(text) {
    const { head, params } = cutParams(text)
    return { seconds: number(head, 'Min-SE'), params: otherParams(params) }
  },
  format: ({ seconds, params }) => digits(seconds, 'Min-SE') + (params?.toString() ?? ''),
}
