import { SipParseError } from '../base/parse-error.ts'
import type { Params } from '../params/params.ts'
import { type Form, token } from './forms.ts'
import { single, type SingleHeader } from './header-type.ts'
import { withParams } from './with-params.ts'

/** Names a session from end to end, whatever stands between (RFC 7989 5). 32 lower-case hexadecimal digits each. */
export interface SessionIdValue {
  readonly local: string
  /** All zero while it is not known. */
  readonly remote?: string | undefined
  readonly params?: Params | undefined
}

const uuid: Form<string> = {
  parse: (text) => {
    if (!/^[0-9a-f]{32}$/.test(text)) throw new SipParseError('a Session-ID that is not 32 hexadecimal digits')
    return text
  },
  format: (value, what) => token.format(value, what),
}

/** Session-ID (RFC 7989 5). */
export const SessionId: SingleHeader<SessionIdValue> = single(
  'Session-ID',
  withParams<SessionIdValue>('local', uuid, { remote: uuid }),
)
