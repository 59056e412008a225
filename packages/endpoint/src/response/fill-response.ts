import type { NameAddr, SipRequest, SipResponse } from '@netsip/message'
import { completeContentType } from '../request/body.ts'
import { backTo, contactOf } from '../request/contact.ts'
import { needsSips } from '../context/context-init.ts'
import { stateError } from '../errors.ts'
import { grantSession } from '../dialog/session-timer.ts'
import type { Abilities } from '../settings.ts'
import type { ServerRequest } from './server-request.ts'

/** Requests that make a dialog: their answers carry Contact and Record-Route (RFC 3261 12.1.1). */
const MAKES_DIALOG = new Set(['INVITE', 'SUBSCRIBE', 'REFER'])
/** Requests whose 2xx says what we understand (RFC 3261 13.3.1.4, 11.2). */
const ANNOUNCING = new Set(['INVITE', 'OPTIONS', 'UPDATE'])
const COPIED = ['From', 'To', 'Call-ID', 'CSeq'] as const

/** Completes a response with what RFC 3261 8.2.6 and 12.1.1 ask for; what the application wrote stays. */
export function fillResponse(server: ServerRequest, response: SipResponse): void {
  const { request, core } = server
  checkRequired(request, response)
  copyFromRequest(server, response)
  const { status } = response
  if (status > 100 && response.to.tag === undefined) response.to = server.localIn(response.to)
  if (carriesContact(request.method, status)) addContact(server, response)
  if (status >= 200 && status < 300 && ANNOUNCING.has(request.method)) {
    const { abilities } = core.settings
    announce(response, abilities, 'Allow')
    announce(response, abilities, 'Supported')
    announce(response, abilities, 'Allow-Events')
    if (request.method === 'INVITE') announce(response, abilities, 'Recv-Info')
  }
  if (core.settings.userAgent !== undefined && status > 100 && !response.headers.has('Server')) {
    response.headers.set('Server', core.settings.userAgent)
  }
  const refreshes = request.method === 'INVITE' || request.method === 'UPDATE'
  if (refreshes && status >= 200 && status < 300) grantSession(server, response)
  completeContentType(response)
}

/** RFC 3261 8.2.4: a response may only require what its receiver supports. A 421 says what it would have to. */
function checkRequired(request: SipRequest, response: SipResponse): void {
  if (response.status === 421 || !response.headers.has('Require')) return
  const unknown = response.require.filter((tag) => !request.supported.includes(tag) && !request.require.includes(tag))
  if (unknown.length > 0)
    throw stateError(`the peer does not support what this response requires: ${unknown.join(', ')}`)
}

function copyFromRequest({ request }: ServerRequest, response: SipResponse): void {
  if (!response.headers.has('Via')) {
    for (const [name, value] of request.headers) {
      if (name.toLowerCase() === 'via' || name === 'v') response.headers.append('Via', value)
    }
  }
  for (const name of COPIED) {
    if (response.headers.has(name)) continue
    const value = request.headers.get(name)
    if (value !== undefined) response.headers.append(name, value)
  }
  const makesDialog = MAKES_DIALOG.has(request.method) && response.status > 100 && response.status < 300
  if (!makesDialog || !request.headers.has('Record-Route') || response.headers.has('Record-Route')) return
  response.recordRoutes = request.recordRoutes
}

function carriesContact(method: string, status: number): boolean {
  if (status >= 300 || status <= 100) return false
  return method === 'INVITE' || (status >= 200 && (MAKES_DIALOG.has(method) || method === 'UPDATE'))
}

function addContact(server: ServerRequest, response: SipResponse): void {
  if (response.headers.has('Contact')) return
  const contact = (server.contact ??= contactFor(server))
  if (contact !== undefined) response.headers.append('Contact', contact.toString())
}

function contactFor({ ctx, request, leg, from }: ServerRequest): NameAddr | undefined {
  const secure = needsSips(request.uri, request.recordRoutes) || request.contact?.uri.scheme === 'sips'
  return contactOf(ctx, leg, secure, backTo(from))
}

function announce(response: SipResponse, abilities: Abilities, name: keyof Abilities): void {
  const value = abilities[name]
  if (value !== undefined && value !== '' && !response.headers.has(name)) response.headers.append(name, value)
}
