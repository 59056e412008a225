import { SeededRandom, VirtualClock } from '@netsip/runtime/testing'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { targetAt } from '../target.ts'
import { optionsFrom } from '../testing/requests.ts'
import { MemoryNetwork } from './network.ts'

const encoder = new TextEncoder()

/** Bytes as an attacker or a broken peer sends them: noise, and messages with pieces replaced. */
const hostile = fc.oneof(
  fc.uint8Array({ maxLength: 200, size: 'max' }),
  fc.string({ maxLength: 200 }).map((text) => encoder.encode(text)),
  fc.tuple(fc.nat(300), fc.nat(40), fc.uint8Array({ maxLength: 20, size: 'max' })).map(([at, length, piece]) => {
    const bytes = optionsFrom('SIP/2.0/UDP 10.0.0.1:5060;rport', 'body').toBytes()
    return Uint8Array.from([...bytes.subarray(0, at), ...piece, ...bytes.subarray(at + length)])
  }),
)

describe.each(['udp', 'tcp'] as const)('a %s leg among hostile bytes', (protocol) => {
  test('T042 T047 T050 counts them, stays sound, and serves who comes after', () => {
    fc.assert(
      fc.property(fc.array(hostile, { maxLength: 8 }), fc.nat(), (pieces, seed) => {
        const clock = new VirtualClock()
        const network = new MemoryNetwork({ clock, random: new SeededRandom(seed), delay: 5 })
        const near = network.listen({ protocol, host: '10.0.0.1' })
        const far = network.listen({ protocol, host: '10.0.0.2' })
        const errors: Error[] = []
        const heard: string[] = []
        for (const leg of [near, far]) leg.on('error', (error) => errors.push(error))
        far.on('message', (message) => heard.push(message.headers.get('Call-ID') ?? ''))
        for (const bytes of pieces) near.send(bytes, targetAt(protocol, '10.0.0.2'))
        clock.advance(100)
        // What remained of a message would swallow the next one: such a connection is given up in its time.
        clock.advance(40_000)
        const request = optionsFrom(`SIP/2.0/${protocol.toUpperCase()} 10.0.0.1`)
        near.send(request.toBytes(), targetAt(protocol, '10.0.0.2'))
        clock.advance(1000)
        expect(errors).toEqual([])
        expect(heard).toContain(request.callId)
        void near.close()
        void far.close()
        clock.runUntilIdle()
        expect(clock.pending).toBe(0)
      }),
      { numRuns: 200 },
    )
  })
})
