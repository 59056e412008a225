import type { Params } from '../params/params.ts'
import { token } from './forms.ts'
import { list, type ListHeader, single, type SingleHeader, SPARSE } from './header-type.ts'
import { withParams } from './with-params.ts'

/** An Info Package (RFC 6086 7). */
export interface InfoPackageValue {
  readonly name: string
  readonly params?: Params | undefined
}

const infoPackage = withParams<InfoPackageValue>('name', token, {})

/** Info-Package (RFC 6086 7.1): what an INFO is about. */
export const InfoPackage: SingleHeader<InfoPackageValue> = single('Info-Package', infoPackage)
/** Recv-Info (RFC 6086 7.2): the packages that are taken; present and empty, none. */
export const RecvInfo: ListHeader<InfoPackageValue> = list('Recv-Info', infoPackage, SPARSE)
