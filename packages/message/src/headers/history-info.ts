import { SipParseError } from '../base/parse-error.ts'
import type { Params } from '../params/params.ts'
import type { NameAddr } from '../values/name-addr.ts'
import { type Form, address, word } from './forms.ts'
import { list, type ListHeader } from './header-type.ts'
import { withParams } from './with-params.ts'

/** One target that a request was sent to (RFC 7044 5). */
export interface HistoryEntry {
  /** The target, with a Reason among the headers of its URI when it was left. */
  readonly target: NameAddr
  /** Its place: `1`, `1.1`, `1.2` ... */
  readonly index: string
  /** Reached by a mapping in the same registrar (`rc`), by one to another user (`mp`), or by neither (`np`): from which index. */
  readonly rc?: string | undefined
  readonly mp?: string | undefined
  readonly np?: string | undefined
  readonly params?: Params | undefined
}

const index: Form<string> = {
  parse: (text) => {
    if (!/^\d+(\.\d+){0,99}$/.test(text)) throw new SipParseError('History-Info without an index')
    return text
  },
  format: (value, what) => word.format(value, what),
  required: true,
}

/** History-Info (RFC 7044 5). */
export const HistoryInfo: ListHeader<HistoryEntry> = list(
  'History-Info',
  withParams<HistoryEntry>('target', address, { index, rc: word, mp: word, np: word }),
)
