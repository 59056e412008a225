import { SipError } from '@netsip/runtime'
import { connectWs } from '@netsip/transport'
import type { ListenOptions, Opened, Platform } from './platform.ts'
import { webSocketUrl } from './web-socket-url.ts'

async function listen(options: ListenOptions): Promise<Opened> {
  const { transport, clock, tls } = options
  if (transport !== 'ws' && transport !== 'wss')
    throw new SipError(
      'ERR_SIP_ARGUMENT',
      `a browser speaks SIP over WebSocket only: 'transport' is wss or ws, not ${transport}`,
    )
  if (tls) throw new SipError('ERR_SIP_ARGUMENT', "the browser decides which certificates it trusts: leave 'tls' out")
  const leg = await connectWs(webSocketUrl(options), { clock })
  return { leg, resolver: leg.resolver }
}

/** What bundlers for browsers take in place of Node's: package.json says so. */
export const platform: Platform = {
  listen,
  media() {
    throw new SipError('ERR_SIP_ARGUMENT', "a browser has no RTP: give a 'media' backend of your own")
  },
}
