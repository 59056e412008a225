import {
  CALL_ID,
  CONTACT,
  CONTENT_LENGTH,
  CONTENT_TYPE,
  CSEQ,
  FROM,
  DATE,
  MAX_FORWARDS,
  nameOf,
  PROXY_REQUIRE,
  RECORD_ROUTE,
  REQUIRE,
  ROUTE,
  TO,
  VIA,
} from './header-names.ts'
import { ContentType } from './headers/media-type.ts'
import { callId } from './headers/parts.ts'
import { DateHeader } from './headers/times.ts'
import { SipParseError } from './parse-error.ts'
import type { SipRequest } from './request.ts'
import type { SipResponse } from './response.ts'
import type { Finding } from './validate.ts'
import type { NameAddr } from './values/name-addr.ts'
import { isToken } from './values/token.ts'

type Message = SipRequest | SipResponse
type Check = readonly [id: number, section: string, read: (message: Message) => unknown]

const checks: readonly Check[] = [
  [VIA, '20.42', (message) => message.vias],
  [FROM, '20.20', (message) => checkAddress(message.from)],
  [TO, '20.39', (message) => checkAddress(message.to)],
  [CALL_ID, '20.8', (message) => callId(message.callId)],
  [CSEQ, '20.16', (message) => message.cseq],
  [CONTACT, '20.10', (message) => message.contacts !== '*' && message.contacts.forEach(checkAddress)],
  [ROUTE, '20.34', (message) => message.routes.forEach(checkRoute)],
  [RECORD_ROUTE, '20.30', (message) => message.recordRoutes.forEach(checkRoute)],
  [MAX_FORWARDS, '20.22', (message) => checkNumber(message.maxForwards, 'Max-Forwards is not a number from 0 to 255')],
  [CONTENT_LENGTH, '20.14', (message) => checkNumber(message.contentLength, 'Content-Length is not a number')],
  [REQUIRE, '20.32', (message) => message.require.forEach(checkOption)],
  [PROXY_REQUIRE, '20.29', (message) => message.proxyRequire.forEach(checkOption)],
  [CONTENT_TYPE, '20.15', (message) => message.read(ContentType)],
  [DATE, '20.17', (message) => message.read(DateHeader)],
]

/** Reads every value that each element needs, and reports those that are malformed. */
export function checkValues(message: Message, findings: Finding[]): void {
  for (const [id, section, read] of checks) {
    const row = message.rows.find(id)
    if (row >= 0) attempt(() => read(message), section, nameOf(id), Math.max(0, message.rows.offsetAt(row)), findings)
  }
}

/** Adds what a request is answered with 400 for. */
export function report(findings: Finding[], header: string, section: string, message: string, offset?: number): void {
  findings.push({ header, ...(offset !== undefined && { offset }), section, status: 400, message })
}

/** Runs `read` and reports the error that it throws. */
export function attempt(
  read: () => unknown,
  section: string,
  header: string,
  offset: number,
  findings: Finding[],
): void {
  try {
    read()
  } catch (error) {
    if (!(error instanceof SipParseError)) throw error
    const at = error.header === undefined ? offset + error.offset : error.offset
    findings.push({ header: error.header ?? header, offset: at, section, status: error.status, message: error.message })
  }
}

function checkAddress(value: NameAddr): void {
  // the URI of an address is read only when it is asked for
  void value.uri
}

function checkRoute(value: NameAddr): void {
  if (!value.bracketed) throw new SipParseError('a route that does not stand in <>')
  checkAddress(value)
}

function checkNumber(value: number | undefined, message: string): void {
  if (value === undefined) throw new SipParseError(message)
}

function checkOption(tag: string): void {
  if (!isToken(tag)) throw new SipParseError('an option tag that is no token')
}
