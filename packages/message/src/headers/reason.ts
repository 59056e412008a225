import type { Params } from '../params/params.ts'
import { number, quoted, token } from './forms.ts'
import { list, type ListHeader } from './header-type.ts'
import { withParams } from './with-params.ts'

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
export const Reason: ListHeader<ReasonValue> = list(
  'Reason',
  withParams<ReasonValue>('protocol', token, { cause: number, text: quoted }),
)
