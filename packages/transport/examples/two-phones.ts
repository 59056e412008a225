import { SipRequest } from '@netsip/message'
import { SeededRandom, VirtualClock } from '@netsip/runtime/testing'
import { responseTarget, targetAt, type Target } from '@netsip/transport'
import { MemoryNetwork } from '@netsip/transport/testing'

const clock = new VirtualClock()
const network = new MemoryNetwork({
  clock,
  random: new SeededRandom(3),
  hosts: { alice: '10.0.0.1', bob: '10.0.0.2' },
  delay: 20,
  loss: 0.3,
})
const alice = network.listen({ host: '10.0.0.1' })
const bob = network.listen({ host: '10.0.0.2' })

bob.on('message', (message, source) => {
  if (message.type !== 'request') return
  const response = message.createResponse(200)
  bob.send(response.toBytes(), responseTarget(response, source) as Target)
})

const target = targetAt('udp', '10.0.0.2')
const options = new SipRequest({
  method: 'OPTIONS',
  uri: 'sip:bob@10.0.0.2',
  headers: { From: '<sip:alice@10.0.0.1>;tag=1', To: '<sip:bob@10.0.0.2>', 'Call-ID': '1', CSeq: '1 OPTIONS' },
})
options.pushVia(alice.via('z9hG4bK1', target))

// A leg never sends twice by itself: that is the work of transactions. Here we just try four times.
for (let attempt = 0; attempt < 4; attempt++) {
  alice.send(options.toBytes(), target)
  clock.advance(500)
}

console.log(String(network.ladder))
