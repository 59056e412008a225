import { SipRequest } from '@netsip/message'
import { SeededRandom, VirtualClock } from '@netsip/runtime/testing'
import { MemoryNetwork } from '@netsip/transport/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Dispatcher } from './dispatcher.ts'
import { incoming } from './testing/rig.ts'

const samples = ['INVITE', 'ACK', 'CANCEL', 'BYE', 'OPTIONS']
  .flatMap((method) => {
    const request = incoming(method, { sentBy: '10.0.0.1:5060', uri: 'sip:10.0.0.2' })
    return [request.toString(), request.createResponse(200, { toTag: 'x' }).toString()]
  })
  .map((text) => new TextEncoder().encode(text))

/** A message of which one stretch was overwritten, taken out or doubled. */
const damaged = fc
  .record({
    sample: fc.constantFrom(...samples),
    at: fc.nat(400),
    length: fc.nat(30),
    bytes: fc.uint8Array({ maxLength: 30, size: 'max' }),
    how: fc.constantFrom('overwrite', 'cut', 'double'),
  })
  .map(({ sample, at, length, bytes, how }) => {
    const start = at % sample.length
    const middle = sample.slice(start, start + length)
    const instead = how === 'overwrite' ? [...bytes] : how === 'cut' ? [] : [...middle, ...middle]
    return Uint8Array.from([...sample.slice(0, start), ...instead, ...sample.slice(start + length)])
  })

test('X071 X073 whatever comes in, nothing fails, nothing is left, and a good request is served', () => {
  fc.assert(
    fc.property(fc.array(damaged, { maxLength: 20, size: 'max' }), (datagrams) => {
      const clock = new VirtualClock()
      const random = new SeededRandom(1)
      const network = new MemoryNetwork({ clock, random, ladderLimit: 1 })
      const attacker = network.listen({ host: '10.0.0.1' })
      const server = new Dispatcher({ legs: [network.listen({ host: '10.0.0.2' })], clock, random })
      const client = new Dispatcher({ legs: [network.listen({ host: '10.0.0.3' })], clock, random })
      server.setReceiver({
        receive(packet) {
          if (packet instanceof SipRequest && packet.method !== 'ACK')
            server.deliver(packet.createResponse(200, { toTag: 's' }))
        },
      })
      const target = { protocol: 'udp', addr: '10.0.0.2', port: 5060, family: 'IPv4' } as const
      for (const bytes of datagrams) attacker.send(bytes, target)
      const heard: number[] = []
      const good = incoming('OPTIONS', { uri: 'sip:10.0.0.2', callId: 'good' })
      good.popVia()
      client.deliver(good, { onResponse: ({ status }) => void heard.push(status) })
      clock.runUntilIdle()
      const { applicationErrors, transactions } = server.stats()
      expect([heard, applicationErrors, transactions.total, clock.pending]).toEqual([[200], 0, 0, 0])
    }),
    { numRuns: 300 },
  )
})
