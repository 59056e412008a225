import { Dispatcher } from '@netsip/dispatcher'
import { SipRequest } from '@netsip/message'
import { SeededRandom, VirtualClock } from '@netsip/runtime/testing'
import { MemoryNetwork } from '@netsip/transport/testing'

/** Asks 100 times over a network that loses a fifth, doubles and reorders; the same seed is the same run. */
function simulate(seed: number): { failed: number; left: number; ladder: string } {
  const clock = new VirtualClock()
  const random = new SeededRandom(seed)
  const faults = { delay: 20, jitter: 40, loss: 0.2, duplicate: 0.1, reorder: 0.1 }
  const network = new MemoryNetwork({ clock, random, ...faults })
  const [alice, bob] = ['10.0.0.1', '10.0.0.2'].map(
    (host) => new Dispatcher({ legs: [network.listen({ host })], clock, random }),
  ) as [Dispatcher, Dispatcher]
  bob.setReceiver({
    receive: (packet) => void (packet.type === 'request' && bob.deliver(packet.createResponse(200, { toTag: 'bob' }))),
  })
  let failed = 0
  for (let i = 0; i < 100; i++) {
    const options = new SipRequest({
      method: 'OPTIONS',
      uri: 'sip:bob@10.0.0.2',
      headers: { From: '<sip:alice@10.0.0.1>;tag=1', To: '<sip:bob@10.0.0.2>', 'Call-ID': `${i}`, CSeq: '1 OPTIONS' },
    })
    alice.deliver(options, { onResponse: () => {}, onError: () => failed++ })
  }
  clock.runUntilIdle()
  const left = alice.stats().transactions.total + bob.stats().transactions.total + clock.pending
  return { failed, left, ladder: String(network.ladder) }
}

for (const seed of [1, 2, 3]) {
  const { failed, left, ladder } = simulate(seed)
  if (failed + left > 0) console.log(ladder)
  console.log(`seed ${seed}: ${failed} requests failed, ${left} transactions and timers are left`)
}
