import { isIP } from 'node:net'
import { checkServerIdentity, type PeerCertificate } from 'node:tls'
import { WebSocket, type ClientOptions } from 'ws'
import { stripBrackets } from '../ip.ts'
import { connectWs as connectWith, type ConnectWsOptions, type WsClientLeg } from '../ws/ws-client-leg.ts'
import type { WebSocketConstructor, WebSocketLike } from '../ws/web-socket.ts'
import type { TlsCredentials } from './server-contexts.ts'
import { plainly } from './node-socket.ts'
import { altNames } from './peer-identity.ts'
import { identityError, notOf } from './tls-leg.ts'
import { maxPayload } from './ws-leg.ts'

/** The types of `ws` are wrong here: it hands this to `tls.connect`, which wants an error or nothing. */
type WsIdentityCheck = NonNullable<ClientOptions['checkServerIdentity']>

/** Options of `connectWs` in Node: for `wss:` also whom to trust and what to prove oneself with. */
export interface NodeConnectWsOptions extends ConnectWsOptions, TlsCredentials {
  /** Sent as `Origin`, as a browser would. */
  origin?: string | undefined
  /** `false` connects to servers that prove nothing. Only for tests. */
  rejectUnauthorized?: boolean | undefined
}

/**
 * `connectWs` of the main entry by the `ws` package: works in every Node, and takes certificates.
 * @throws SipError as `connectWs` of the main entry
 */
export function connectWs(url: string, options: NodeConnectWsOptions = {}): Promise<WsClientLeg> {
  const { cert, key, ca, passphrase, origin, rejectUnauthorized, ...rest } = options
  const settings = {
    ...Object.fromEntries(
      Object.entries({ cert, key, ca, passphrase, origin, rejectUnauthorized }).filter(
        ([, value]) => value !== undefined,
      ),
    ),
    perMessageDeflate: false,
    maxPayload: maxPayload(options),
    minVersion: 'TLSv1.2' as const,
    checkServerIdentity: webIdentityError as unknown as WsIdentityCheck,
  }
  const open = function open(address: string, protocols: string[]): WebSocketLike {
    const socket = new WebSocket(address, protocols, settings)
    // Before the leg hears of it.
    socket.on('error', plainly)
    return socket as unknown as WebSocketLike
  }
  return connectWith(url, { WebSocket: open as unknown as WebSocketConstructor, ...rest })
}

/** Names as HTTPS has them, wildcards too (RFC 7118 8 leaves them to RFC 2818); an address by its own subjectAltName. */
function webIdentityError(host: string, certificate: PeerCertificate): Error | undefined {
  const address = stripBrackets(host)
  if (isIP(address)) return identityError(certificate, address)
  return checkServerIdentity(host, certificate) && notOf(host, webNames(certificate))
}

function webNames({ subjectaltname }: PeerCertificate): string[] {
  return altNames(subjectaltname).flatMap(({ kind, value }) => (kind === 'DNS' ? value : []))
}
