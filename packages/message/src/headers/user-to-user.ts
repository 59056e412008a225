import { SipParseError } from '../parse-error.ts'
import type { Params } from '../values/params.ts'
import { quote, unquote } from '../values/quoted.ts'
import { isToken } from '../values/token.ts'
import type { ListHeader } from './header-type.ts'
import { cutParams, otherParams, param } from './parts.ts'

/** Data that calling and called user pass each other (RFC 7433 4.1). */
export interface UserToUserValue {
  /** As written: hexadecimal digits where `encoding` says `hex` or nothing. */
  readonly data: string
  readonly purpose?: string | undefined
  readonly content?: string | undefined
  readonly encoding?: string | undefined
  readonly params?: Params | undefined
}

/** User-to-User (RFC 7433 4.1). */
export const UserToUser: ListHeader<UserToUserValue> = {
  name: 'User-to-User',
  list: true,
  parse(text) {
    const { head, params } = cutParams(text)
    if (!isToken(head) && !head.startsWith('"')) throw new SipParseError('User-to-User without data')
    const [purpose, content, encoding] = [params.get('purpose'), params.get('content'), params.get('encoding')]
    return {
      data: unquote(head),
      ...(purpose !== undefined && { purpose }),
      ...(content !== undefined && { content }),
      ...(encoding !== undefined && { encoding }),
      params: otherParams(params, 'purpose', 'content', 'encoding'),
    }
  },
  format: ({ data, purpose, content, encoding, params }) =>
    (isToken(data) ? data : quote(data)) +
    param('purpose', purpose) +
    param('content', content) +
    param('encoding', encoding) +
    (params?.toString() ?? ''),
}
