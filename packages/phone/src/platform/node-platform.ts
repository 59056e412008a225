import { isIPv6 } from 'node:net'
import { rtpBackend } from '@netsip/media/node'
import { SipError } from '@netsip/runtime'
import { stripBrackets } from '@netsip/transport'
import { connectWs, dnsResolver, listenTcp, listenTls, listenUdp } from '@netsip/transport/node'
import type { TlsTrust } from '../phone-options.ts'
import type { ListenOptions, Opened, Platform } from './platform.ts'
import { webSocketUrl } from './web-socket-url.ts'

/** Every address of the family that the first hop is of, as far as its name tells. */
function listenHost({ host, towards }: ListenOptions): string {
  if (host) return stripBrackets(host)
  return towards && isIPv6(stripBrackets(towards.host)) ? '::' : '0.0.0.0'
}

/** What the legs of Node understand. */
function trust({ insecure, ...credentials }: TlsTrust = {}): TlsTrust & { rejectUnauthorized?: boolean } {
  return { ...credentials, ...(insecure && { rejectUnauthorized: false }) }
}

async function listen(options: ListenOptions): Promise<Opened> {
  const { transport, clock, tls, port = 0 } = options
  if (transport === 'ws' || transport === 'wss') {
    const leg = await connectWs(webSocketUrl(options), { clock, ...trust(tls) })
    return { leg, resolver: leg.resolver }
  }
  const place = { host: listenHost(options), port, clock }
  const resolver = dnsResolver()
  if (transport === 'udp') return { leg: await listenUdp(place), resolver }
  if (transport === 'tcp') return { leg: await listenTcp(place), resolver }
  if (transport === 'tls') return { leg: await listenTls({ ...place, ...trust(tls) }), resolver }
  throw new SipError('ERR_SIP_ARGUMENT', `'transport' is udp, tcp, tls, ws or wss, not ${String(transport)}`)
}

/** Sockets, the resolver and RTP of Node. */
export const platform: Platform = {
  listen,
  media: (options) => rtpBackend(options),
}
