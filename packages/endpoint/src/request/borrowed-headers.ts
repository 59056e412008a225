import { requestFromUri, type SipRequest, type SipUri } from '@netsip/message'
import { ifReadable } from '../if-readable.ts'
import { applyHeaderFields, type HeaderField } from './request-args.ts'

/** Whom a redirection may not make us call, be, or vouch for; RFC 3261 19.1.5 names those that make a link dangerous besides. */
const KEPT =
  /^(to|t|content-.*|[celoxr]|p-.*-identity|identity|privacy|(proxy-)?require|event|session-expires|min-se|refer-to|rack|date)$/i

/**
 * The header fields that the URI of a redirection asks for and that may be honoured (RFC 3261 8.1.3.4, 19.1.5); `undefined`
 * when they make no message, so that the URI is not to be used at all.
 */
export function headersOf(uri: SipUri): readonly HeaderField[] | undefined {
  if (uri.headers.size === 0) return []
  return ifReadable(() => {
    const fields = [...requestFromUri(uri).headers].filter(([name]) => !KEPT.test(name))
    const rows = new Map<string, HeaderField>()
    for (const [name, value] of fields) {
      const [first, values] = rows.get(name.toLowerCase()) ?? [name, []]
      rows.set(name.toLowerCase(), [first, [...values, value]])
    }
    return [...rows.values()]
  })
}

/** The fields that the contact in use has lent a request; the next one gets the request as it was. */
export class BorrowedHeaders {
  #replaced: readonly HeaderField[] = []

  lend(request: SipRequest, fields: readonly HeaderField[]): void {
    applyHeaderFields(request, this.#replaced)
    this.#replaced = fields.map(([name]) => [name, valuesOf(request, name)])
    applyHeaderFields(request, fields)
  }
}

function valuesOf(request: SipRequest, name: string): readonly string[] {
  return [...request.headers].filter(([row]) => row.toLowerCase() === name.toLowerCase()).map(([, value]) => value)
}
