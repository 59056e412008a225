import { CALL_ID, CSEQ, FROM, TO } from './header-names.ts'
import type { HeaderRows } from './header-rows.ts'
import { readable } from './inspect.ts'
import { fromOctetString } from './octets.ts'
import type { SipMessage } from './parse.ts'

/** As much of a message as is written for a log. */
interface Readable {
  readonly rows: HeaderRows
  readonly body: Uint8Array
  readonly text: string
  startLine(): string
}

/** One line: start line, From, To, Call-ID, CSeq, sizes. Reads nothing typed, so that it never throws. */
export function summaryOf(message: Readable): string {
  const { rows, body } = message
  const parts = [startLineOf(message)]
  for (const id of [FROM, TO, CALL_ID, CSEQ]) {
    const row = rows.find(id)
    if (row >= 0) parts.push(`${rows.canonicalNameAt(row)}: ${rows.valueAt(row)}`)
  }
  return `${readable(parts.join(' | '))} (${rows.count} header lines, ${body.length} octets of body)`
}

/** All of a message, fit for a log: control characters escaped, passwords and digest responses masked. */
export function redactedText(message: SipMessage): string {
  const { rows, text } = message
  const lines = [startLineOf(message)]
  for (let row = 0; row < rows.count; row++) {
    const name = rows.nameAt(row)
    const value = rows.valueAt(row)
    lines.push(`${name}: ${SECRET.test(name) ? maskCredentials(value) : value}`)
  }
  if (text !== '') lines.push('', ...text.split(/\r?\n/))
  return lines.map(readable).join('\n')
}

function startLineOf(message: Readable): string {
  return fromOctetString(message.startLine().trimEnd())
}

// What is made of a password.
const SECRET = /^(proxy-)?auth(orization|entication-info)$/i

// The scheme and the realm say which credentials were used; the rest may be attacked offline.
function maskCredentials(value: string): string {
  const scheme = /^[\w-]{1,64}(?= )/.exec(value)?.[0] ?? ''
  const realm = /realm\s{0,8}=\s{0,8}"[^"]{0,256}"/i.exec(value)?.[0]
  return `${scheme} ${realm === undefined ? '' : `${realm}, `}***`
}
