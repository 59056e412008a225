// Run by `pnpm test:matrix` inside a project that has only the packed tarballs: a message is parsed, and a phone calls another
// over real UDP and RTP sockets of the loopback.
import { parseMessage } from '@netsip/message'
import { createPhone } from '@netsip/phone'
import { tone } from '@netsip/media'

const request = parseMessage(
  'OPTIONS sip:a@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\nContent-Length: 0\r\n\r\n',
)
if (request.via?.branch !== 'z9hG4bKx') throw new Error('the message was read wrong')

const loopback = { host: '127.0.0.1', port: 0 }
const bob = await createPhone({ aor: 'sip:bob@127.0.0.1', listen: loopback })
const alice = await createPhone({ aor: 'sip:alice@127.0.0.1', listen: loopback })
bob.on('call', (incoming) => void incoming.answer())
const { host, port } = bob.local
const call = await alice.call(`sip:bob@${host}:${port}`, { source: tone(440) })
await call.answered
await call.hangup()
await call.ended
await alice.close()
await bob.close()
console.log('parsed a message and made a call over UDP: ok')
