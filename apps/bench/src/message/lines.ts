import type { Peer } from './peer.ts'

/** The least that any parser does: the octets as lines, cut at the colon. */
export const lines: Peer = {
  parse(data) {
    const text = data.toString('latin1')
    const found: string[] = []
    for (let at = 0; ;) {
      const end = text.indexOf('\r\n', at)
      if (end <= at) return found
      const colon = text.indexOf(':', at)
      found.push(text.slice(at, colon), text.slice(colon + 1, end))
      at = end + 2
    }
  },
}
