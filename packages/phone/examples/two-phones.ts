import { createPhone } from '@netsip/phone'

const listen = { host: '127.0.0.1', port: 0 }
const bob = await createPhone({ aor: 'sip:bob@127.0.0.1', listen })
bob.on('call', (call) => {
  call.on('dtmf', ({ digit }) => console.log(`bob hears ${digit}`))
  return call.answer()
})

const alice = await createPhone({ aor: 'sip:alice@127.0.0.1', listen })
const call = await alice.call(`sip:bob@127.0.0.1:${bob.local.port}`)
await call.answered
console.log(`answered, ${call.codec}`)
await call.sendDtmf('42#')
await call.hangup()
console.log(`ended by ${(await call.ended).by}`)

await Promise.all([alice.close(), bob.close()])
