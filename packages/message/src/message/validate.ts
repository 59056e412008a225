import { type ParseErrorInit, SipParseError } from '../base/parse-error.ts'
import { checkCallId } from '../grammar/call-id.ts'
import { parseDate } from '../grammar/date.ts'
import { isToken, parseDigits, TOKEN_CHAR } from '../grammar/token.ts'
import type { Params } from '../params/params.ts'
import { parseHeaderParams } from '../params/scan-params.ts'
import {
  CALL_ID,
  CONTACT,
  CONTENT_LENGTH,
  CONTENT_TYPE,
  CSEQ,
  DATE,
  EVENT,
  FROM,
  isSingle,
  MAX_FORWARDS,
  nameOf,
  PROXY_REQUIRE,
  RACK,
  RECORD_ROUTE,
  REFER_TO,
  REQUIRE,
  ROUTE,
  SUBSCRIPTION_STATE,
  TO,
  VIA,
} from '../rows/header-names.ts'
import { SipUri } from '../uri/sip-uri.ts'
import { CSeq } from '../values/cseq.ts'
import { NameAddr } from '../values/name-addr.ts'
import type { SipRequest } from './request.ts'
import type { SipMessage } from './sip-message.ts'

/** Something RFC 3261 objects to in a message. */
export interface Finding {
  /** The header field, or `Request-URI`. */
  readonly header?: string
  /** Where, in octets from the start of the message as received. */
  readonly offset?: number
  /** The section that says so, of RFC 3261 unless it names another. */
  readonly section: string
  /** The status that answers a request with this in it. A response with it is discarded. */
  readonly status: number
  readonly message: string
}

/**
 * A header, the section that says how its value looks, what throws SipParseError when it does not (`row` is the first
 * that there is), and the section that says that the header must be there, if one does.
 */
type Check<M extends SipMessage> = readonly [
  id: number,
  section: string,
  check: (message: M, row: number) => unknown,
  required?: string,
]

const checks: readonly Check<SipMessage>[] = [
  [VIA, '20.42', ({ vias }) => vias.forEach(({ branch = '0' }) => checkToken(branch)), '8.1.1'],
  [FROM, '20.20', ({ from }) => checkAddress(from), '8.1.1'],
  [TO, '20.39', ({ to }) => checkAddress(to), '8.1.1'],
  [CALL_ID, '20.8', (message) => checkCallId(message.callId), '8.1.1'],
  [CSEQ, '20.16', (message) => message.cseq, '8.1.1'],
  [CONTACT, '20.10', ({ contacts }) => contacts === '*' || contacts.map(({ uri }) => uri)],
  [ROUTE, '20.34', (message) => message.routes.forEach(checkRoute)],
  [RECORD_ROUTE, '20.30', (message) => message.recordRoutes.forEach(checkRoute)],
  [MAX_FORWARDS, '20.22', ({ maxForwards }) => demand(maxForwards !== undefined, 'not a number from 0 to 255')],
  [CONTENT_LENGTH, '20.14', ({ contentLength }) => demand(contentLength !== undefined, 'not a number')],
  [REQUIRE, '20.32', (message) => message.require.forEach(checkToken)],
  [PROXY_REQUIRE, '20.29', (message) => message.proxyRequire.forEach(checkToken)],
  [CONTENT_TYPE, '20.15', ({ contentType }) => checkParams(contentType!, checkMediaType)],
  [DATE, '20.17', ({ rows }, row) => parseDate(rows.valueAt(row))],
]

const requestChecks: readonly Check<SipRequest>[] = [
  [CSEQ, '8.1.1.5', ({ cseq, method }) => demand(cseq.method === method, 'CSeq names another method')],
  [CONTACT, '10.2.2', isStarMeant],
]

// RFC 3261 8.1.1.8: a request that can make a dialog says where it reaches us.
const contact: Check<SipRequest> = [
  CONTACT,
  '8.1.1.8',
  (request) => demand(!request.contacts[1] || isOld(request), 'more than one Contact'),
  '8.1.1.8',
]
const event: Check<SipRequest> = [
  EVENT,
  'RFC 6665 8.2.1',
  ({ rows }, row) => checkParams(rows.valueAt(row), checkToken),
  'RFC 6665 8.2.1',
]
const checksOf: Readonly<Record<string, readonly Check<SipRequest>[]>> = {
  INVITE: [contact],
  REFER: [
    contact,
    [REFER_TO, 'RFC 3515 2.4.1', ({ rows }, row) => NameAddr.parse(rows.valueAt(row)).uri, 'RFC 3515 2.4.1'],
  ],
  SUBSCRIBE: [contact, event],
  NOTIFY: [
    event,
    [SUBSCRIPTION_STATE, 'RFC 6665 8.2.3', ({ rows }, row) => checkState(rows.valueAt(row)), 'RFC 6665 8.2.3'],
  ],
  PRACK: [[RACK, 'RFC 3262 7.2', ({ rows }, row) => checkRAck(rows.valueAt(row)), 'RFC 3262 7.2']],
}

/**
 * All that RFC 3261 objects to in a message, in the order in which it is found; nothing for a good one.
 *
 * Looked at is what every element needs (8.2.2): what must be there, what may be there once, the values of Via, From,
 * To, Call-ID, CSeq, Contact, Route, Record-Route, Max-Forwards, Require, Proxy-Require, Date and Content-Type, and what
 * the method asks for. Whether a method, an extension or a body type is supported is not its business; a Request-URI of
 * a scheme that SIP does not route by gets 416.
 */
export function validate(message: SipMessage): Finding[] {
  const findings: Finding[] = []
  if (message.type === 'request') attempt(findings, message, 'Request-URI', '7.1', checkUri, -1)
  checkAll(findings, message, checks)
  if (message.type === 'request') {
    checkAll(findings, message, requestChecks)
    if (Object.hasOwn(checksOf, message.method)) checkAll(findings, message, checksOf[message.method]!)
  }
  checkRepeated(findings, message)
  if (message.rows.find(CONTENT_TYPE) < 0 && message.body.length > 0) {
    report(findings, CONTENT_TYPE, '20.15', 'a body without Content-Type')
  }
  return findings
}

function checkAll<M extends SipMessage>(findings: Finding[], message: M, list: readonly Check<M>[]): void {
  const { rows } = message
  for (const [id, section, check, required] of list) {
    const row = rows.find(id)
    if (row >= 0) {
      attempt(findings, message, nameOf(id), section, check, row)
    } else if (required !== undefined && !(id === CONTACT && isOld(message))) {
      report(findings, id, required, `${nameOf(id)} is missing`)
    }
  }
}

function attempt<M extends SipMessage>(
  findings: Finding[],
  message: M,
  header: string,
  section: string,
  check: Check<M>[2],
  row: number,
): void {
  try {
    check(message, row)
  } catch (error) {
    if (!(error instanceof SipParseError)) throw error
    // what reads the value again finds the same
    if (findings.some((known) => known.header === header && known.message === error.message)) return
    // an error that names its header counts from the start of the message
    const offset = error.offset + (error.header === undefined ? Math.max(0, message.rows.offsetAt(row)) : 0)
    const { status } = error
    findings.push({ header, offset, section: status === 416 ? '8.2.2.1' : section, status, message: error.message })
  }
}

function report(findings: Finding[], id: number, section: string, message: string, where?: { offset: number }): void {
  findings.push({ header: nameOf(id), ...where, section, status: 400, message })
}

// By header id; one for all calls.
const seen = new Uint8Array(256)

function checkRepeated(findings: Finding[], { rows }: SipMessage): void {
  for (let row = 0; row < rows.count; row++) seen[rows.idAt(row)] = 0
  for (let row = 0; row < rows.count; row++) {
    const id = rows.idAt(row)
    if (isSingle(id) && seen[id]!++ === 1) {
      report(findings, id, '7.3.1', `more than one ${nameOf(id)}`, { offset: Math.max(0, rows.offsetAt(row)) })
    }
  }
}

// RFC 3261 19.1.1, table 1: neither a method nor headers in a Request-URI. Heeding them would let a URI write headers.
function checkUri({ uri, method }: SipRequest): void {
  const where = { header: 'Request-URI', offset: method.length + 1 }
  if (uri instanceof SipUri) {
    demand(uri.headers.size === 0 && !uri.params.has('method'), 'headers or a method in the Request-URI', where)
  } else {
    demand(uri.scheme === 'tel', `the scheme ${uri.scheme} in the Request-URI`, { ...where, status: 416 })
  }
}

// RFC 2543 did not ask for a Contact (RFC 4475 3.4.1); such a sender has no magic cookie in its branch.
function isOld({ rows }: SipMessage): boolean {
  const via = rows.find(VIA)
  return via >= 0 && !rows.valueAt(via).includes('z9hG4bK')
}

function isStarMeant({ contacts, method, expires }: SipRequest): void {
  demand(contacts !== '*' || (method === 'REGISTER' && expires === 0), '* that removes nothing')
}

// The URI of an address is read only when it is asked for.
function checkAddress({ uri, tag = '0' }: NameAddr): void {
  checkToken(tag)
  void uri
}

function checkRoute(value: NameAddr): void {
  demand(value.bracketed, 'an address that must stand in <>')
  void value.uri
}

function checkNumber(text: string, max: number): void {
  demand(parseDigits(text, 0, text.length, max) !== undefined, `not a number from 0 to ${max}`)
}

function checkToken(text: string): void {
  demand(isToken(text), 'not a token')
}

const MEDIA_TYPE = new RegExp(`^${TOKEN_CHAR}+\\s*/\\s*${TOKEN_CHAR}+$`)

function checkMediaType(text: string): void {
  demand(MEDIA_TYPE.test(text), 'not a media type')
}

/** A value and parameters behind it, where no `;` can stand in the value. */
function checkParams(text: string, check: (head: string) => void): Params {
  const semicolon = text.indexOf(';')
  const end = semicolon < 0 ? text.length : semicolon
  check(text.slice(0, end).trim())
  return parseHeaderParams(text, end)
}

function checkState(text: string): void {
  const params = checkParams(text, checkToken)
  for (const name of ['expires', 'retry-after']) if (params.has(name)) checkNumber(params.get(name)!, 0xffff_ffff)
}

// A response number in front of what CSeq holds.
function checkRAck(text: string): void {
  const space = text.search(/[ \t]/)
  checkNumber(text.slice(0, Math.max(0, space)), 0xffff_ffff)
  CSeq.parse(text.slice(space))
}

function demand(holds: boolean, objection: string, where: ParseErrorInit = {}): void {
  if (!holds) throw new SipParseError(objection, where)
}
