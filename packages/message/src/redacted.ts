import { AUTHORIZATION, CALL_ID, CSEQ, FROM, PROXY_AUTHORIZATION, TO } from './header-names.ts'
import type { HeaderRows } from './header-rows.ts'
import { fromOctetString } from './octets.ts'

/** As much of a message as is written for a log. */
interface Readable {
  readonly rows: HeaderRows
  readonly body: Uint8Array
  readonly text: string
  startLine(): string
}

/** One line: start line, From, To, Call-ID, CSeq, sizes. Reads nothing typed, so that it never throws. */
export function summaryOf(message: Readable): string {
  const parts = [maskPassword(fromOctetString(message.startLine().slice(0, -2)))]
  for (const id of [FROM, TO, CALL_ID, CSEQ]) {
    const row = message.rows.find(id)
    if (row >= 0) parts.push(`${message.rows.canonicalNameAt(row)}: ${maskPassword(message.rows.valueAt(row))}`)
  }
  const { length } = message.body
  return `${escapeControls(parts.join(' | '))} (${message.rows.count} header lines, ${length} octets of body)`
}

/** All of a message, secrets masked, everything but line ends escaped. */
export function redactedText(message: Readable): string {
  const { rows } = message
  const lines = [maskPassword(fromOctetString(message.startLine().slice(0, -2)))]
  for (let row = 0; row < rows.count; row++) {
    const id = rows.idAt(row)
    const value = rows.valueAt(row)
    const secret = id === AUTHORIZATION || id === PROXY_AUTHORIZATION
    lines.push(`${rows.nameAt(row)}: ${secret ? maskCredentials(value) : maskPassword(value)}`)
  }
  const body = message.body.length === 0 ? [] : ['', ...message.text.split('\n').map((line) => line.replace(/\r$/, ''))]
  return [...lines, ...body].map(escapeControls).join('\n')
}

// The scheme and the realm say which credentials were used; the rest may be attacked offline.
function maskCredentials(value: string): string {
  const scheme = /^\S{1,64}/.exec(value)?.[0] ?? ''
  const realm = /realm\s{0,8}=\s{0,8}"[^"]{0,256}"/i.exec(value)?.[0]
  return realm === undefined ? `${scheme} ***` : `${scheme} ${realm}, ***`
}

// sip:user:password@host (RFC 3261 19.1.1)
function maskPassword(text: string): string {
  if (!text.includes('@') || !/sips?:/i.test(text)) return text
  return text.replace(/(sips?:[^\s:@<>]{1,256}):[^\s@<>]{0,256}@/gi, '$1:***@')
}

function escapeControls(text: string): string {
  return text.replace(/[\0-\x1f\x7f-\x9f\u2028\u2029]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
