import { networkInterfaces } from 'node:os'

const loopback = { IPv4: '127.0.0.1', IPv6: '::1' } as const

/**
 * The address by which a peer sees us where we listen on all: on the same machine the loopback one, else the first that others
 * reach. Any other address is returned as it is. Without brackets, as `peer`.
 */
export function ownAddress(host: string, peer?: string): string {
  if (host !== '0.0.0.0' && host !== '::') return host
  const family = host === '::' ? 'IPv6' : 'IPv4'
  if (peer !== undefined && /^(::ffff:)?127\.|^::1$/i.test(peer)) return loopback[family]
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  return all.find((address) => address.family === family && !address.internal)?.address ?? loopback[family]
}
