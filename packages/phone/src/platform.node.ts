import { isIPv6 } from 'node:net'
import { rtpBackend } from '@netsip/media/node'
import { SipError } from '@netsip/runtime'
import type { Leg } from '@netsip/transport'
import { dnsResolver, listenTcp, listenUdp } from '@netsip/transport/node'
import type { ListenOptions, Platform } from './platform.ts'

const unbracketed = (host: string): string => host.replace(/^\[|\]$/g, '')

/** Every address of the family that the first hop is of, as far as its name tells. */
function listenHost({ host, towards }: ListenOptions): string {
  if (host) return unbracketed(host)
  return towards && isIPv6(unbracketed(towards.host)) ? '::' : '0.0.0.0'
}

// oxlint-disable-next-line typescript/require-await -- what it throws has to come as a rejection
async function listen(options: ListenOptions): Promise<Leg> {
  const place = { host: listenHost(options), port: options.port ?? 0, clock: options.clock }
  if (options.transport === 'udp') return listenUdp(place)
  if (options.transport === 'tcp') return listenTcp(place)
  throw new SipError('ERR_SIP_ARGUMENT', `the transport ${options.transport} is not there yet; use udp or tcp`)
}

/** Sockets, the resolver and RTP of Node. */
export const nodePlatform: Platform = {
  listen,
  resolver: () => dnsResolver(),
  media: (options) => rtpBackend(options),
}
