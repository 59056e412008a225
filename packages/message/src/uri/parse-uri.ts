import { SipParseError } from '../base/parse-error.ts'
import { AbsoluteUri, schemeOf } from './absolute-uri.ts'
import { type SipUri, parseSipUri } from './sip-uri.ts'
import { TelUri } from './tel-uri.ts'

/** Any URI that a SIP message may carry. `scheme` tells which. */
export type Uri = SipUri | TelUri | AbsoluteUri

/**
 * Reads a URI of any scheme: sip and sips, tel, and any other as its scheme and the rest.
 *
 * @throws SipParseError when `text` is no URI, has no scheme, or has anything around it (space, `<>`)
 */
export function parseUri(text: string): Uri {
  if (text.startsWith('sip:')) return parseSipUri(text, 'sip')
  const scheme = schemeOf(text)?.toLowerCase()
  if (scheme === 'sip' || scheme === 'sips') return parseSipUri(text, scheme)
  return scheme === 'tel' ? TelUri.parse(text) : AbsoluteUri.parse(text)
}

/** The same for a URI that stands at `offset` in other text, of that header: errors say where in that text. */
export function parseUriAt(text: string, offset: number, header?: string): Uri {
  try {
    return parseUri(text)
  } catch (error) {
    throw error instanceof SipParseError ? error.within({ header, offset }) : error
  }
}
