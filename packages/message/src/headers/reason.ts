import type { Params } from '../values/params.ts'
import type { ListHeader } from './header-type.ts'
import { cutParams, numberParam, otherParams, param, quotedParam, token, writtenToken } from './parts.ts'

/** Why a request was sent (RFC 3326 2). */
export interface ReasonValue {
  /** `SIP`, `Q.850` or another. */
  readonly protocol: string
  /** A status code, a Q.850 cause. */
  readonly cause?: number | undefined
  readonly text?: string | undefined
  readonly params?: Params | undefined
}

/** Reason (RFC 3326 2): at most one value a protocol. */
export const Reason: ListHeader<ReasonValue> = {
  name: 'Reason',
  list: true,
  parse(text) {
    const { head, params } = cutParams(text)
    const cause = numberParam(params, 'cause')
    const words = params.get('text')
    return {
      protocol: token(head, 'a protocol'),
      ...(cause !== undefined && { cause }),
      ...(words !== undefined && { text: words }),
      params: otherParams(params, 'cause', 'text'),
    }
  },
  format: ({ protocol, cause, text, params }) =>
    writtenToken(protocol, 'a protocol') +
    param('cause', cause) +
    quotedParam('text', text) +
    (params?.toString() ?? ''),
}
