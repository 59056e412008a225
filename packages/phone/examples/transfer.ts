import { createPhone, type Call } from '@netsip/phone'

const listen = { host: '127.0.0.1', port: 0 }
const alice = await createPhone({ aor: 'sip:alice@127.0.0.1', listen })
const bob = await createPhone({ aor: 'sip:bob@127.0.0.1', listen })
const carol = await createPhone({ aor: 'sip:carol@127.0.0.1', listen })

const answer = (call: Call) => {
  // A phone calls whom a peer names only if it is told to.
  call.on('transfer', (request) => request.accept())
  return call.answer()
}
bob.on('call', answer)
carol.on('call', (call) => {
  console.log(call.replaces ? `carol talks to ${String(call.remote.uri)} instead` : 'carol talks to alice')
  return answer(call)
})

const toBob = await alice.call(`sip:bob@127.0.0.1:${bob.local.port}`)
await toBob.answered
await toBob.hold()
const toCarol = await alice.call(`sip:carol@127.0.0.1:${carol.local.port}`)
await toCarol.answered
await toBob.transfer(toCarol)
console.log(`alice has ${alice.calls.length} calls left`)

await Promise.all([alice.close(), bob.close(), carol.close()])
