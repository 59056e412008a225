import { isIPv6 } from 'node:net'
import { rtpBackend } from '@netsip/media/node'
import { SipError } from '@netsip/runtime'
import { connectWs, dnsResolver, listenTcp, listenTls, listenUdp } from '@netsip/transport/node'
import type { TlsTrust } from '../phone-options.ts'
import type { ListenOptions, Opened, Platform } from './platform.ts'

const unbracketed = (host: string): string => host.replace(/^\[|\]$/g, '')

/** Every address of the family that the first hop is of, as far as its name tells. */
function listenHost({ host, towards }: ListenOptions): string {
  if (host) return unbracketed(host)
  return towards && isIPv6(unbracketed(towards.host)) ? '::' : '0.0.0.0'
}

function webSocketUrl({ transport, webSocket, towards }: ListenOptions): string {
  if (webSocket) return webSocket
  if (towards) return `${transport}://${towards.host}${towards.port === undefined ? '' : `:${towards.port}`}/`
  throw new SipError('ERR_SIP_ARGUMENT', `${transport} needs a server: name a registrar or a proxy`)
}

/** What the legs of Node understand. */
function trust({ insecure, ...credentials }: TlsTrust = {}): TlsTrust & { rejectUnauthorized?: boolean } {
  return { ...credentials, ...(insecure && { rejectUnauthorized: false }) }
}

async function listen(options: ListenOptions): Promise<Opened> {
  const { transport, clock, tls, port = 0 } = options
  const place = { host: listenHost(options), port, clock }
  if (transport === 'udp') return { leg: await listenUdp(place) }
  if (transport === 'tcp') return { leg: await listenTcp(place) }
  if (transport === 'tls') return { leg: await listenTls({ ...place, ...trust(tls) }) }
  if (transport !== 'ws' && transport !== 'wss')
    throw new SipError('ERR_SIP_ARGUMENT', `'transport' is udp, tcp, tls, ws or wss, not ${String(transport)}`)
  const leg = await connectWs(webSocketUrl(options), { clock, ...trust(tls) })
  return { leg, resolver: leg.resolver }
}

/** Sockets, the resolver and RTP of Node. */
export const nodePlatform: Platform = {
  listen,
  resolver: () => dnsResolver(),
  media: (options) => rtpBackend(options),
}
