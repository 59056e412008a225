import { argumentError } from '../base/injection.ts'
import { SipParseError } from '../base/parse-error.ts'
import { splitAt } from '../grammar/list.ts'
import { unquote } from '../grammar/quoted.ts'
import { type Form, lowerToken, word } from './forms.ts'
import { list, type ListHeader, single, type SingleHeader, WHOLE_ROWS } from './header-type.ts'

/** A signed assertion of who calls (RFC 8224 4). */
export interface IdentityValue {
  /** The PASSporT, three base64 parts, the first two of which may be empty (compact form). */
  readonly digest: string
  /** Where the certificate is. */
  readonly info: string
  readonly alg?: string | undefined
  /** The kind of PASSporT, e.g. `shaken`. */
  readonly ppt?: string | undefined
}

const SEMICOLON = 59
const DIGEST = /^[A-Za-z0-9+/=_.-]+$/

const identity: Form<IdentityValue> = {
  parse: (text, what) => {
    // not as parameters elsewhere: one has a value in <>
    const [digest, ...parts] = splitAt(text, SEMICOLON)
    const params = new Map<string, string>()
    for (const part of parts) {
      const [before, ...value] = part.split('=')
      const name = lowerToken.parse(before!.trimEnd(), what)
      if (params.has(name)) throw new SipParseError(`parameter ${name} is there twice`)
      params.set(name, unquote(value.join('=').trimStart()))
    }
    const info = params.get('info')
    if (!info?.startsWith('<') || !info.endsWith('>')) throw new SipParseError('Identity without info')
    if (!DIGEST.test(digest!)) throw new SipParseError('Identity without a signature')
    return { digest: digest!, info: info.slice(1, -1), alg: params.get('alg'), ppt: params.get('ppt') }
  },
  format: ({ digest, info, alg, ppt }, what) => {
    if (!DIGEST.test(digest) || /[<>]/.test(info)) throw argumentError(`not a digest and an info of ${what}`)
    const algorithm = alg === undefined ? '' : `;alg=${word.format(alg, what)}`
    return `${digest};info=<${info}>${algorithm}${ppt === undefined ? '' : `;ppt=${word.format(ppt, what)}`}`
  },
}

/** Identity (RFC 8224 4): one value a row, of as many as signed the request. */
export const Identity: ListHeader<IdentityValue> = list('Identity', identity, WHOLE_ROWS)

const privacy: Form<readonly string[]> = {
  parse: (text, what) => text.split(';').map((each) => lowerToken.parse(each.trim(), what)),
  format: (words, what) => words.map((each) => lowerToken.format(each, what)).join(';'),
}

/** Privacy (RFC 3323 4.2): `header`, `session`, `user`, `none`, `critical`, `id`, `history`. */
export const Privacy: SingleHeader<readonly string[]> = single('Privacy', privacy)
