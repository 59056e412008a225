import { isHost } from '../grammar/host.ts'
import { parseDigits } from '../grammar/token.ts'
import type { Params } from './params.ts'

/** What is wrong with the parameters that a Via and a SIP URI have in common (RFC 3261 25.1). */
export function wayObjection(params: Params): string | undefined {
  const ttl = params.raw('ttl')
  if (ttl !== undefined && parseDigits(ttl, 0, ttl.length, 255) === undefined) return 'not a ttl (0 to 255)'
  const maddr = params.raw('maddr')
  return maddr === undefined || isHost(maddr) ? undefined : 'maddr is not a host'
}
