import { SipParseError } from '../base/parse-error.ts'
import { quote } from '../grammar/quoted.ts'
import { skipSpace } from '../grammar/token.ts'
import { paramsOfPairs } from '../params/params.ts'
import { scanParam } from '../params/scan-params.ts'
import { type Form, token } from './forms.ts'
import { single, type SingleHeader } from './header-type.ts'

/** What a server says after authentication (RFC 3261 20.6, RFC 7616 3.5). */
export interface AuthenticationInfoValue {
  readonly nextnonce?: string | undefined
  readonly qop?: string | undefined
  readonly rspauth?: string | undefined
  readonly cnonce?: string | undefined
  /** Eight hexadecimal digits. */
  readonly nc?: string | undefined
}

const QUOTED = ['nextnonce', 'rspauth', 'cnonce'] as const
const BARE = ['qop', 'nc'] as const

const info: Form<AuthenticationInfoValue> = { parse: parseInfo, format: formatInfo }

/** Authentication-Info (RFC 3261 20.6). */
export const AuthenticationInfo: SingleHeader<AuthenticationInfoValue> = single('Authentication-Info', info)
/** Proxy-Authentication-Info (RFC 7615 4). */
export const ProxyAuthenticationInfo: SingleHeader<AuthenticationInfoValue> = single('Proxy-Authentication-Info', info)

function parseInfo(text: string): AuthenticationInfoValue {
  const pairs: (string | null)[] = []
  for (let i = skipSpace(text, 0); i < text.length;) {
    i = scanParam(text, i, pairs)
    if (i < text.length && text.charCodeAt(i) !== 44) throw new SipParseError('unexpected text', { offset: i })
    i = skipSpace(text, i + 1)
  }
  const params = paramsOfPairs(pairs, 'auth')
  const said: Record<string, string> = {}
  for (const name of [...QUOTED, ...BARE]) {
    const value = params.get(name)
    if (value !== undefined) said[name] = value
  }
  return said
}

function formatInfo(said: AuthenticationInfoValue): string {
  const parts: string[] = []
  for (const name of QUOTED) if (said[name] !== undefined) parts.push(`${name}=${quote(said[name])}`)
  for (const name of BARE) if (said[name] !== undefined) parts.push(`${name}=${token.format(said[name], name)}`)
  return parts.join(', ')
}
