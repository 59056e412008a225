// Opens one leg of each kind, lets them talk and closes them: the process has to end by itself after that.
import { SipRequest } from '@netsip/message'
import { targetAt } from '../../target.ts'
import { connectWs } from '../connect-ws.ts'
import { listenTcp } from '../tcp-leg.ts'
import { listenTls } from '../tls-leg.ts'
import { listenUdp } from '../udp-leg.ts'
import { listenWs } from '../ws-leg.ts'
import { certificates } from './certificates.ts'

const at = { host: '127.0.0.1', port: 0 }
const legs = await Promise.all([
  listenUdp(at),
  listenTcp(at),
  listenTls({ ...at, ...certificates.dns, ca: certificates.dns.cert, rejectUnauthorized: false }),
  listenWs(at),
])
const client = await connectWs(`ws://127.0.0.1:${legs[3]?.local.port}`)

for (const leg of legs.slice(0, 3)) {
  const target = targetAt(leg.protocol, '127.0.0.1', leg.local.port)
  const request = new SipRequest({ method: 'OPTIONS', uri: 'sip:a@b', headers: { 'Call-ID': '1', CSeq: '1 OPTIONS' } })
  request.pushVia(leg.via('z9hG4bK1', target))
  const arrived = new Promise((resolve) => leg.once('message', resolve))
  leg.send(request.toBytes(), target)
  await arrived
}
await Promise.all([client, ...legs].map((leg) => leg.close()))
process.stdout.write('closed\n')
