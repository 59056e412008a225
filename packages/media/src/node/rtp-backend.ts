import { networkInterfaces } from 'node:os'
import { systemRandom } from '@netsip/runtime'
import { RtpSession, type RtpSessionOptions } from '../rtp-session.ts'
import type { CreateSessionOptions, MediaBackend } from '../session.ts'
import { allocatePorts, type PortRange } from './ports.ts'

/** Settings of {@link rtpBackend}. */
export interface RtpBackendOptions extends Omit<RtpSessionOptions, 'sockets' | 'host'> {
  /** the address to bind, and to offer unless the call names another (default 127.0.0.1) */
  host?: string
  /** the ports to bind (default 10000-19999) */
  portRange?: PortRange
}

const wildcard = /^(0\.0\.0\.0|[0:]+)$/

/** The first address of this machine that others could reach, of the family of the wildcard; else its loopback one. */
function addressFor(host: string): string {
  if (!wildcard.test(host)) return host
  const family = host.includes(':') ? 'IPv6' : 'IPv4'
  const outward = Object.values(networkInterfaces())
    .flat()
    .find((each) => each?.family === family && !each.internal && !each.address.startsWith('fe80:'))
  return outward?.address ?? (family === 'IPv6' ? '::1' : '127.0.0.1')
}

/**
 * Media over UDP: each session binds an even port for RTP and the next one for RTCP, and frees them when it is closed.
 * `createSession` rejects with MediaError `ERR_MEDIA_PORTS` when there is no free pair.
 */
export function rtpBackend(options: RtpBackendOptions = {}): MediaBackend {
  const { host: bound = '127.0.0.1', portRange = [10000, 19999], ...rest } = options
  const bare = bound.replace(/^\[|\]$/g, '')
  return {
    async createSession({ codecs, host }: CreateSessionOptions = {}) {
      const sockets = await allocatePorts(bare, portRange, options.random ?? systemRandom)
      try {
        return new RtpSession({
          ...rest,
          sockets,
          host: addressFor(host ?? bare),
          ...(codecs && { codecs }),
        })
      } catch (error) {
        await Promise.all([sockets.rtp.close(), sockets.rtcp?.close()])
        throw error
      }
    },
  }
}
