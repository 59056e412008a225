import { MinExpires, SipUri, type SipRequest, type SipResponse, TelUri } from '@netsip/message'
import type { Dialog } from '../dialog/dialog.ts'
import { hasSession } from '../dialog/offer-answer.ts'
import { raiseSession } from '../dialog/session-ask.ts'

const ABOUT_BODY = ['Content-Type', 'Content-Disposition', 'Content-Encoding', 'Content-Language'] as const

/**
 * Changes a request that was refused so that it may succeed, without leaving out anything its sender insists on (RFC 3261
 * 8.1.3.5): an optional body is left away after 413 and 415, and a telephone number becomes a SIP URI after 416. A 420 names
 * options that only the caller can have required, so it stands. A subscription that was too brief asks for longer (RFC 6665
 * 4.1.2.1). `false`: there is nothing to change.
 */
export function amend(response: SipResponse, retry: SipRequest, dialog: Dialog | undefined): boolean {
  const { status } = response
  if (status === 422) return raiseSession(response, retry, dialog)
  if (status === 423 && LASTING.has(retry.method)) return askLonger(response, retry)
  if (status === 413 || status === 415) return dropOptionalBody(retry)
  return status === 416 && dialBySip(retry)
}

/** What is asked for on its own, and refreshed (RFC 3261 10.2.8). */
const LASTING = new Set(['SUBSCRIBE', 'REGISTER'])

function askLonger(response: SipResponse, retry: SipRequest): boolean {
  const minimum = response.read(MinExpires)
  const { contact } = retry
  const asked = Number(contact?.params.get('expires') ?? retry.expires)
  // One for no time at all removes or fetches, and must not become one that lasts.
  if (asked === 0 || minimum === undefined || minimum <= asked) return false
  retry.expires = minimum
  if (contact?.params.has('expires') === true) {
    retry.contacts = [contact.with({ params: contact.params.with('expires', String(minimum)) })]
  }
  return true
}

function dropOptionalBody(retry: SipRequest): boolean {
  const disposition = retry.headers.get('Content-Disposition') ?? ''
  if (retry.body.length === 0 || hasSession(retry) || !/;\s*handling\s*=\s*"?optional/i.test(disposition)) return false
  retry.body = new Uint8Array()
  for (const name of ABOUT_BODY) retry.headers.delete(name)
  return true
}

/** RFC 3261 19.1.6: the number at our own domain, which knows what to do with numbers. */
function dialBySip(retry: SipRequest): boolean {
  const { uri, from } = retry
  if (!(uri instanceof TelUri) || !(from.uri instanceof SipUri)) return false
  const user = uri.toString().slice('tel:'.length)
  retry.uri = new SipUri({ scheme: from.uri.scheme, user, host: from.uri.host, params: { user: 'phone' } })
  return true
}
