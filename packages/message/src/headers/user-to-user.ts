import { SipParseError } from '../base/parse-error.ts'
import { unquote } from '../grammar/quoted.ts'
import { isToken } from '../grammar/token.ts'
import type { Params } from '../params/params.ts'
import { type Form, word } from './forms.ts'
import { list, type ListHeader } from './header-type.ts'
import { withParams } from './with-params.ts'

/** Data that calling and called user pass each other (RFC 7433 4.1). */
export interface UserToUserValue {
  /** As written: hexadecimal digits where `encoding` says `hex` or nothing. */
  readonly data: string
  readonly purpose?: string | undefined
  readonly content?: string | undefined
  readonly encoding?: string | undefined
  readonly params?: Params | undefined
}

const data: Form<string> = {
  parse: (text) => {
    if (!isToken(text) && !text.startsWith('"')) throw new SipParseError('User-to-User without data')
    return unquote(text)
  },
  format: (value, what) => word.format(value, what),
}

/** User-to-User (RFC 7433 4.1). */
export const UserToUser: ListHeader<UserToUserValue> = list(
  'User-to-User',
  withParams<UserToUserValue>('data', data, { purpose: word, content: word, encoding: word }),
)
