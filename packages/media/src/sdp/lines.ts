import { MediaError } from '../errors.ts'

/** One line of a description: its type letter and what follows the `=`. */
export interface SdpLine {
  type: string
  value: string
}

/** The lines before the first `m=`, and those of each `m=` section beginning with it. */
export interface SdpSections {
  session: SdpLine[]
  media: SdpLine[][]
}

const maxBytes = 65536
const maxLines = 1000
const sessionOnly = 'vosueptrz'
const known = `${sessionOnly}icbkam`

/** The error for a description that cannot be used. */
export function sdpError(message: string): MediaError {
  return new MediaError('ERR_MEDIA_SDP', `session description: ${message}`)
}

function textOf(data: string | Uint8Array): string {
  if (data.length > maxBytes) throw sdpError(`larger than ${maxBytes} bytes`)
  return typeof data === 'string' ? data : new TextDecoder().decode(data)
}

function lineOf(raw: string, number: number): SdpLine {
  const type = raw[0] ?? ''
  if (raw[1] !== '=' || !known.includes(type))
    throw sdpError(`line ${number} is not one of RFC 8866: ${raw.slice(0, 40)}`)
  if (/[\r\0]/.test(raw)) throw sdpError(`line ${number} has a control character`)
  return { type, value: raw.slice(2) }
}

/** Splits a description into its sections; CRLF and LF both end a line. At most 64 KiB and 1000 lines. */
export function readLines(data: string | Uint8Array): SdpSections {
  const rows = textOf(data).split(/\r?\n/)
  if (rows.length > maxLines + 1) throw sdpError(`more than ${maxLines} lines`)
  const sections: SdpSections = { session: [], media: [] }
  let section = sections.session
  for (const [index, row] of rows.entries()) {
    if (row === '') continue
    const line = lineOf(row, index + 1)
    if (line.type === 'm') sections.media.push((section = []))
    else if (section !== sections.session && sessionOnly.includes(line.type)) {
      throw sdpError(`line ${index + 1}: ${line.type}= belongs before the first m=`)
    }
    section.push(line)
  }
  return sections
}
