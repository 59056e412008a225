import { SipParseError } from '../parse-error.ts'
import { NameAddr } from '../values/name-addr.ts'
import type { Params } from '../values/params.ts'
import type { ListHeader } from './header-type.ts'
import { otherParams, param } from './parts.ts'

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

/** History-Info (RFC 7044 5). */
export const HistoryInfo: ListHeader<HistoryEntry> = {
  name: 'History-Info',
  list: true,
  parse(text) {
    const value = NameAddr.parse(text)
    const index = value.params.get('index')
    if (index === undefined || !/^\d+(\.\d+)*$/.test(index)) throw new SipParseError('History-Info without an index')
    const [rc, mp, np] = [value.params.get('rc'), value.params.get('mp'), value.params.get('np')]
    return {
      target: value.with({ params: undefined }),
      index,
      ...(rc !== undefined && { rc }),
      ...(mp !== undefined && { mp }),
      ...(np !== undefined && { np }),
      params: otherParams(value.params, 'index', 'rc', 'mp', 'np'),
    }
  },
  format: ({ target, index, rc, mp, np, params }) =>
    target.with({ params: undefined }).toString() +
    param('index', index) +
    param('rc', rc) +
    param('mp', mp) +
    param('np', np) +
    (params?.toString() ?? ''),
}
