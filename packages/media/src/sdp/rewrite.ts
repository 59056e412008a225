import { readLines, sdpError, type SdpLine } from './lines.ts'
import type { AddressFamily } from './description.ts'

/** Where a relay receives a stream in place of its owner. */
export interface MediaListen {
  family: AddressFamily
  address: string
  port: number
  /** default: the next port */
  rtcpPort?: number
}

function connection({ family, address }: MediaListen): SdpLine {
  if (/[\s\0]/.test(address)) throw sdpError('an address with white space cannot be written')
  return { type: 'c', value: `IN ${family} ${address}` }
}

function rtcpLine({ rtcpPort, port }: MediaListen): SdpLine[] {
  return rtcpPort === undefined || rtcpPort === port + 1 ? [] : [{ type: 'a', value: `rtcp:${rtcpPort}` }]
}

// i= stands before c=, and everything else after it (RFC 8866 5)
function rewritten(section: readonly SdpLine[], listen: MediaListen): SdpLine[] {
  const [media, ...rest] = section
  const value = media!.value.replace(/^(\S+) \d+(\/\d+)?/, (_, type: string) => `${type} ${listen.port}`)
  const kept = rest.filter(({ type, value: text }) => type !== 'c' && !(type === 'a' && text.startsWith('rtcp:')))
  const titles = kept.filter(({ type }) => type === 'i')
  const others = kept.filter(({ type }) => type !== 'i')
  return [{ type: 'm', value }, ...titles, connection(listen), ...others, ...rtcpLine(listen)]
}

/**
 * Replaces the addresses and ports in a description, for a media relay, and leaves every other line as it is. A section with
 * port 0 stays switched off: its replacement is not used, and may be `undefined`.
 *
 * @param listens one for each `m=` section, in their order
 * @throws MediaError `ERR_MEDIA_SDP` when there is not one for each section, or the description is malformed
 */
export function replaceMediaListen(sdp: string | Uint8Array, listens: readonly (MediaListen | undefined)[]): string {
  const { session, media } = readLines(sdp)
  if (listens.length !== media.length) {
    throw sdpError(`${listens.length} replacements for ${media.length} m= sections`)
  }
  const sections = media.map((section, index) => {
    const listen = listens[index]
    const off = /^\S+ 0[/ ]/.test(section[0]!.value)
    if (off) return section
    if (!listen) throw sdpError(`no replacement for m=${section[0]!.value}`)
    return rewritten(section, listen)
  })
  return [session, ...sections]
    .flat()
    .map(({ type, value }) => `${type}=${value}\r\n`)
    .join('')
}
