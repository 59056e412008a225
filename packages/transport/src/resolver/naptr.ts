import type { Hop } from './hop.ts'
import { isSecure, type Protocol } from '../protocol.ts'
import type { NaptrRecord } from './dns-client.ts'

const services: Record<string, Protocol> = {
  'SIP+D2U': 'udp',
  'SIP+D2T': 'tcp',
  'SIPS+D2T': 'tls',
  'SIP+D2W': 'ws',
  'SIPS+D2W': 'wss',
}

/** A transport that a domain offers, and the name of its SRV records. */
export interface Service {
  protocol: Protocol
  name: string
}

/**
 * What the NAPTR records of a domain offer us, as the domain prefers it (RFC 3263 4.1): services we speak, leading to SRV
 * records (flag `s`), for a `sips` hop only those over TLS.
 */
export function offeredServices(records: readonly NaptrRecord[], hop: Hop, protocols: readonly Protocol[]): Service[] {
  return [...records]
    .sort((a, b) => a.order - b.order || a.preference - b.preference)
    .flatMap((record) => {
      const protocol = services[record.service.toUpperCase()]
      if (!protocol || !protocols.includes(protocol)) return []
      if (hop.secure && !isSecure(protocol)) return []
      if (record.flags.toLowerCase() !== 's' || record.regexp !== '' || record.replacement === '') return []
      return [{ protocol, name: record.replacement }]
    })
}

/** The SRV name of a transport where there are no NAPTR records; WebSockets have none (RFC 7118 8). */
export function serviceName(protocol: Protocol, host: string): string | undefined {
  switch (protocol) {
    case 'udp':
      return `_sip._udp.${host}`
    case 'tcp':
      return `_sip._tcp.${host}`
    case 'tls':
      return `_sips._tcp.${host}`
    default:
      return undefined
  }
}
