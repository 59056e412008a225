import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os'
import { systemRandom } from '@netsip/runtime'
import { checkRtpOptions, RtpSession, type RtpSessionOptions } from '../rtp-session.ts'
import type { CreateSessionOptions, MediaBackend } from '../session.ts'
import { nodeSrtpCrypto } from './srtp-crypto.ts'
import { allocatePorts, checkPortRange, type PortRange } from './ports.ts'

/** Settings of {@link rtpBackend}. */
export interface RtpBackendOptions extends Omit<RtpSessionOptions, 'sockets' | 'host'> {
  /**
   * the address to bind; it is offered too, unless the call names another one. Default: the address that the call names, or all
   * addresses when that one is not of this machine (behind a NAT); 127.0.0.1 when the call names none
   */
  host?: string
  /** the ports to bind (default 10000-19999) */
  portRange?: PortRange
}

const wildcard = /^(0\.0\.0\.0|[0:]+)$/

function ownAddresses(): NetworkInterfaceInfo[] {
  return Object.values(networkInterfaces()).flatMap((each) => each ?? [])
}

/** The address to offer for a wildcard: the first of this machine that others could reach, else its loopback one. */
function addressFor(host: string): string {
  if (!wildcard.test(host)) return host
  const family = host.includes(':') ? 'IPv6' : 'IPv4'
  const outward = ownAddresses().find(
    (each) => each.family === family && !each.internal && !each.address.startsWith('fe80:'),
  )
  return outward?.address ?? (family === 'IPv6' ? '::1' : '127.0.0.1')
}

/** Where to bind for an address that is to be offered: there, or everywhere when a NAT has that address. */
function bindingFor(host: string): string {
  const own = host === 'localhost' || host.startsWith('127.') || ownAddresses().some(({ address }) => address === host)
  if (own) return host
  return host.includes(':') ? '::' : '0.0.0.0'
}

/**
 * Media over UDP: each session binds an even port for RTP and the next one for RTCP, and frees them when it is closed.
 * `createSession` rejects with MediaError `ERR_MEDIA_PORTS` when there is no free pair.
 *
 * @throws MediaError `ERR_MEDIA_ARGUMENT` for an option of a wrong type or out of range
 */
export function rtpBackend(options: RtpBackendOptions = {}): MediaBackend {
  checkRtpOptions('rtpBackend', options, { portRange: 'array' })
  const { host: bound, portRange = [10000, 19999], ...rest } = options
  checkPortRange(portRange)
  return {
    async createSession({ codecs, host, srtp }: CreateSessionOptions = {}) {
      const offered = withoutBrackets(host ?? bound ?? '127.0.0.1')
      const binding = bound === undefined ? bindingFor(offered) : withoutBrackets(bound)
      const sockets = await allocatePorts(binding, portRange, options.random ?? systemRandom)
      try {
        return new RtpSession({
          crypto: nodeSrtpCrypto,
          ...rest,
          sockets,
          host: addressFor(offered),
          ...(codecs && { codecs }),
          ...(srtp && { srtp }),
        })
      } catch (error) {
        await Promise.all([sockets.rtp.close(), sockets.rtcp?.close()])
        throw error
      }
    },
  }
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, '')
}
