import { drachtio } from './drachtio.ts'
import { jssip } from './jssip.ts'
import { kirm } from './kirm.ts'
import { lines } from './lines.ts'
import { netsip, strict } from './netsip.ts'
import type { Peer } from './peer.ts'
import { sipJs } from './sip-js.ts'

/** Everything that is measured, by the name it is printed under. A peer is loaded only in the process that measures it. */
export const peers: Readonly<Record<string, () => Peer | Promise<Peer>>> = {
  netsip: () => netsip,
  'netsip strict': () => strict,
  sip: kirm,
  'drachtio-srf': drachtio,
  jssip,
  'sip.js': sipJs,
  lines: () => lines,
}
