import { readable } from '../base/inspect.ts'
import { fromOctetString } from '../base/octets.ts'
import { CALL_ID, CSEQ, FROM, TO } from '../rows/header-names.ts'
import type { HeaderRows } from '../rows/header-rows.ts'

/** As much of a message as is written for a log. */
interface Readable {
  readonly rows: HeaderRows
  readonly body: Uint8Array
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

/** The start line as text, without its line end. */
export function startLineOf(message: Pick<Readable, 'startLine'>): string {
  return fromOctetString(message.startLine().trimEnd())
}
