import type { Params } from '../values/params.ts'
import type { ListHeader, SingleHeader } from './header-type.ts'
import { cutParams, otherParams, token, writtenToken } from './parts.ts'

/** An Info Package (RFC 6086 7). */
export interface InfoPackageValue {
  readonly name: string
  readonly params?: Params | undefined
}

/** Info-Package (RFC 6086 7.1): what an INFO is about. */
export const InfoPackage: SingleHeader<InfoPackageValue> = {
  name: 'Info-Package',
  list: false,
  parse: parsePackage,
  format: formatPackage,
}

/** Recv-Info (RFC 6086 7.2): the packages that are taken; present and empty, none. */
export const RecvInfo: ListHeader<InfoPackageValue> = {
  name: 'Recv-Info',
  list: true,
  sparse: true,
  parse: parsePackage,
  format: formatPackage,
}

function parsePackage(text: string): InfoPackageValue {
  const { head, params } = cutParams(text)
  return { name: token(head, 'an Info Package'), params: otherParams(params) }
}

function formatPackage({ name, params }: InfoPackageValue): string {
  return writtenToken(name, 'an Info Package') + (params?.toString() ?? '')
}
