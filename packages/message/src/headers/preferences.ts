import { SipParseError } from '../parse-error.ts'
import type { Params } from '../values/params.ts'
import type { ListHeader } from './header-type.ts'
import { cutParams, otherParams, param, token, writtenToken } from './parts.ts'
import { parseQ } from './q.ts'

/** An element of Accept-Encoding or Accept-Language: what is taken, and how gladly. */
export interface Preference {
  /** `gzip`, `en-gb`, `*`. */
  readonly value: string
  /** 0 to 1. */
  readonly q?: number | undefined
  readonly params?: Params | undefined
}

/** Accept-Encoding (RFC 3261 20.2). */
export const AcceptEncoding: ListHeader<Preference> = {
  name: 'Accept-Encoding',
  list: true,
  sparse: true,
  parse: parsePreference,
  format: formatPreference,
}

/** Accept-Language (RFC 3261 20.3). */
export const AcceptLanguage: ListHeader<Preference> = {
  name: 'Accept-Language',
  list: true,
  sparse: true,
  parse: parsePreference,
  format: formatPreference,
}

/** Accept-Contact (RFC 3841 9.2): features that the target should have, as parameters (`require` and `explicit` too). */
export const AcceptContact: ListHeader<Params> = {
  name: 'Accept-Contact',
  list: true,
  parse: parseFeatures,
  format: (params) => `*${params.toString()}`,
}

/** Reject-Contact (RFC 3841 9.2): features that the target must not have. */
export const RejectContact: ListHeader<Params> = {
  name: 'Reject-Contact',
  list: true,
  parse: parseFeatures,
  format: (params) => `*${params.toString()}`,
}

function parsePreference(text: string): Preference {
  const { head, params } = cutParams(text)
  const q = parseQ(params)
  return { value: token(head, 'a preference'), ...(q !== undefined && { q }), params: otherParams(params, 'q') }
}

function formatPreference({ value, q, params }: Preference): string {
  return writtenToken(value, 'a preference') + param('q', q) + (params?.toString() ?? '')
}

function parseFeatures(text: string): Params {
  const { head, params } = cutParams(text)
  if (head !== '*') throw new SipParseError('a preference that does not begin with *')
  return params
}
