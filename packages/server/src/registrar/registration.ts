import { NameAddr, SipParseError, type SipRequest, SipUri } from '@netsip/message'
import { hasOutbound, wantsOutbound } from '../location/contact-reach.ts'
import type { Domains } from '../domains.ts'
import type { Rejection } from '../answer.ts'

const NO_PATH: readonly string[] = []

/** What a REGISTER says, read and checked (RFC 3261 10.3 step 6; RFC 3327 5.3; RFC 5626 6; RFC 5630 5.2). */
export interface Registration {
  readonly aor: string
  readonly callId: string
  readonly cseq: number
  /** `undefined`: a query. */
  readonly contacts: readonly NameAddr[] | '*' | undefined
  readonly path: readonly string[]
  /** Whether the user agent uses outbound and the way here lets it. */
  readonly outbound: boolean
}

/** Reads a REGISTER whose To is known to be of one of the domains. */
export function readRegistration(request: SipRequest, domains: Domains): Registration | Rejection {
  try {
    const registration = read(request, domains)
    return check(request, registration, domains) ?? registration
  } catch (error) {
    if (error instanceof SipParseError) return { status: 400, reason: `Malformed ${error.header ?? 'Header'}` }
    throw error
  }
}

function read(request: SipRequest, domains: Domains): Registration {
  const contacts = request.contacts
  return {
    aor: domains.registered(request.to.uri, request.uri) ?? '',
    callId: request.callId,
    cseq: request.cseq.seq,
    contacts: contacts !== '*' && contacts.length === 0 ? undefined : contacts,
    path: request.headers.has('Path')
      ? request.headers.getAll('Path').map((value) => NameAddr.parse(value).toString())
      : NO_PATH,
    outbound: contacts !== '*' && contacts.some((contact) => wantsOutbound(contact, request)),
  }
}

function check(
  request: SipRequest,
  { contacts, aor, path, outbound }: Registration,
  domains: Domains,
): Rejection | undefined {
  if (path.length > 0 && !request.supported.some((option) => option.toLowerCase() === 'path'))
    return { status: 420, headers: { Unsupported: 'path' } }
  if (contacts === undefined || contacts === '*') return undefined
  if (outbound && contacts.filter((contact) => contact.params.has('reg-id')).length > 1)
    return { status: 400, reason: 'More Than One reg-id' }
  if (outbound && !hasOutbound(request)) return { status: 439 }
  const { uri: to } = request.to
  for (const { uri } of contacts) {
    if (to instanceof SipUri && to.isSecure && uri instanceof SipUri && !uri.isSecure)
      return { status: 400, reason: 'Contact Less Secure Than To' }
    // It would send every request for the user back to this server
    if (domains.aor(uri) === aor) return { status: 403, reason: 'Contact Is The User Itself' }
  }
  return undefined
}
