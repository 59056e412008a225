import { Dispatcher } from '@netsip/dispatcher'
import { SipRequest } from '@netsip/message'
import { SeededRandom, VirtualClock } from '@netsip/runtime/testing'
import { MemoryNetwork } from '@netsip/transport/testing'

// A network in memory that loses every third datagram, on a clock that runs as fast as the program.
const clock = new VirtualClock()
const random = new SeededRandom(3)
const network = new MemoryNetwork({ clock, random, loss: 0.33 })
const alice = new Dispatcher({ legs: [network.listen({ host: '10.0.0.1' })], clock, random })
const bob = new Dispatcher({ legs: [network.listen({ host: '10.0.0.2' })], clock, random })

bob.setReceiver({
  receive(packet) {
    if (packet.type !== 'request') return
    console.log(`bob is asked ${packet.method}`)
    bob.deliver(packet.createResponse(200, { toTag: 'bob' }))
  },
})

const options = new SipRequest({
  method: 'OPTIONS',
  uri: 'sip:bob@10.0.0.2',
  headers: { From: '<sip:alice@10.0.0.1>;tag=1', To: '<sip:bob@10.0.0.2>', 'Call-ID': 'call-1', CSeq: '1 OPTIONS' },
})
alice.deliver(options, {
  onResponse: (response) => console.log(`alice hears ${response.status} after ${clock.monotonic()} ms`),
  onError: (error) => console.log(`alice hears ${error.code}`),
})
clock.runUntilIdle()

const { retransmissions } = alice.stats()
console.log(`alice sent it ${retransmissions.out + 1} times, ${bob.stats().transactions.total} transactions are left`)
