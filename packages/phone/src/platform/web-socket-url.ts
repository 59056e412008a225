import { SipError } from '@netsip/runtime'
import type { ListenOptions } from './platform.ts'

/** The server of a phone that speaks WebSocket: as given, or else where its first hop is. */
export function webSocketUrl({ transport, webSocket, towards }: ListenOptions): string {
  if (webSocket) return webSocket
  if (towards) return `${transport}://${towards.host}${towards.port === undefined ? '' : `:${towards.port}`}/`
  throw new SipError('ERR_SIP_ARGUMENT', `${transport} needs a server: name a registrar or a proxy`)
}
