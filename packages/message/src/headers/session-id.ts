import { SipParseError } from '../parse-error.ts'
import type { Params } from '../values/params.ts'
import type { SingleHeader } from './header-type.ts'
import { cutParams, otherParams, param, writtenToken } from './parts.ts'

/** Names a session from end to end, whatever stands between (RFC 7989 5). 32 lower-case hexadecimal digits each. */
export interface SessionIdValue {
  readonly local: string
  /** All zero while it is not known. */
  readonly remote?: string | undefined
  readonly params?: Params | undefined
}

/** Session-ID (RFC 7989 5). */
export const SessionId: SingleHeader<SessionIdValue> = {
  name: 'Session-ID',
  list: false,
  parse(text) {
    const { head, params } = cutParams(text)
    const remote = params.get('remote')
    return {
      local: uuid(head),
      ...(remote !== undefined && { remote: uuid(remote) }),
      params: otherParams(params, 'remote'),
    }
  },
  format: ({ local, remote, params }) =>
    writtenToken(local, 'a Session-ID') + param('remote', remote) + (params?.toString() ?? ''),
}

function uuid(text: string): string {
  if (!/^[0-9a-f]{32}$/.test(text)) throw new SipParseError('a Session-ID that is not 32 hexadecimal digits')
  return text
}
