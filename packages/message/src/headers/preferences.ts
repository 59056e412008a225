import { SipParseError } from '../base/parse-error.ts'
import type { Params } from '../params/params.ts'
import { type Form, q, token } from './forms.ts'
import { list, type ListHeader, SPARSE } from './header-type.ts'
import { cutParams, withParams } from './with-params.ts'

/** An element of Accept-Encoding or Accept-Language: what is taken, and how gladly. */
export interface Preference {
  /** `gzip`, `en-gb`, `*`. */
  readonly value: string
  /** 0 to 1. */
  readonly q?: number | undefined
  readonly params?: Params | undefined
}

const preference = withParams<Preference>('value', token, { q })

const features: Form<Params> = {
  parse: (text) => {
    const { head, params } = cutParams(text)
    if (head !== '*') throw new SipParseError('a preference that does not begin with *')
    return params
  },
  format: (params) => `*${params.toString()}`,
}

/** Accept-Encoding (RFC 3261 20.2). */
export const AcceptEncoding: ListHeader<Preference> = list('Accept-Encoding', preference, SPARSE)
/** Accept-Language (RFC 3261 20.3). */
export const AcceptLanguage: ListHeader<Preference> = list('Accept-Language', preference, SPARSE)
/** Accept-Contact (RFC 3841 9.2): features that the target should have, as parameters (`require` and `explicit` too). */
export const AcceptContact: ListHeader<Params> = list('Accept-Contact', features)
/** Reject-Contact (RFC 3841 9.2): features that the target must not have. */
export const RejectContact: ListHeader<Params> = list('Reject-Contact', features)
