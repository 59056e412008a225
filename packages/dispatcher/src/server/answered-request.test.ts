import { parseMessage, SipRequest } from '@netsip/message'
import type { SipError } from '@netsip/runtime'
import { sourceOf } from '@netsip/transport'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { DeliverOptions } from '../delivery.ts'
import { incoming, Rig } from '../testing/rig.ts'
import { TestLeg } from '../testing/test-leg.ts'

const methods = ['OPTIONS', 'MESSAGE', 'CANCEL', 'INVITE', 'ACK']
const branches = ['z9hG4bKa', 'z9hG4bKb', 'z9hG4bKA', 'plain']
const sentBys = ['192.0.2.9:5060', '192.0.2.9', 'Client.Example.org', 'client.example.ORG', '[2001:db8::1]:5060']
const peers = [
  sourceOf('udp', '192.0.2.9', 5060),
  sourceOf('udp', '192.0.2.9', 7000),
  sourceOf('udp', '198.51.100.7', 5060),
  sourceOf('udp', '2001:db8::1', 5060),
]

type Step = (world: World) => unknown

/** One dispatcher on two legs, and all that can be seen of it. */
class World {
  readonly rig: Rig
  readonly other: TestLeg
  readonly #options: DeliverOptions
  readonly #failures: string[] = []

  /** Whoever wants to know when a transaction is over has it kept whole. */
  constructor(options: { whole: boolean }) {
    this.rig = new Rig('udp')
    this.other = new TestLeg(() => this.rig.clock.monotonic(), 'udp', '2001:db8::2')
    this.rig.dispatcher.addLeg(this.other)
    this.#options = options.whole ? { onTerminated: () => {} } : {}
  }

  receive(text: string, second: boolean, peer: number): void {
    const leg = second ? this.other : this.rig.leg
    leg.receive(text, peers[peer])
  }

  /** Answers one of the requests that were received; a proxy has only the octets that came back from elsewhere. */
  answer(index: number, status: number, proxied: boolean): void {
    const requests = this.rig.received.filter((packet) => packet instanceof SipRequest && packet.method !== 'ACK')
    const asked = requests[index % Math.max(1, requests.length)]
    if (!(asked instanceof SipRequest)) return
    // A refused INVITE would repeat its answer, at moments at which other timers may run out.
    const isInvite = asked.method === 'INVITE'
    const response = asked.createResponse(isInvite ? 200 : status, { toTag: 'us' })
    const given = proxied ? parseMessage(response.toBytes()) : response
    // That a copy of another answer could not be sent is not told: all of its user is gone.
    const onError = isInvite ? ({ code }: SipError): unknown => this.#failures.push(code) : undefined
    this.rig.dispatcher.deliver(given, { ...this.#options, onError })
  }

  seen(): unknown {
    const { rig, other } = this
    const stats = rig.dispatcher.stats()
    const cancels = branches.map((branch) => incoming('CANCEL', { branch }))
    const names = cancels.map((one) => rig.dispatcher.namesRequest(one))
    const invites = cancels.map((one) => String(rig.dispatcher.findInvite(one)))
    const sent = [...rig.leg.sent, ...other.sent].map(({ text, target, at }) => ({ text, target, at }))
    return {
      sent,
      received: rig.received.map(String),
      names,
      invites,
      stats,
      errors: rig.errors,
      failures: this.#failures,
    }
  }
}

// Few enough that most come again.
const requests = branches.flatMap((branch, n) =>
  [0, 1, 2].map((m) => ({ branch, method: methods[(n + m) % 5] as string, sentBy: sentBys[(n * m) % 5] as string })),
)
const receive = fc
  .tuple(fc.constantFrom(...requests), fc.boolean(), fc.nat({ max: peers.length - 1 }))
  .map(([{ method, branch, sentBy }, second, peer]): Step => {
    const text = String(incoming(method, { branch, sentBy }))
    return (world) => world.receive(text, second, peer)
  })
const status = fc.constantFrom(100, 180, 200, 200, 404, 408, 501)
const answer = fc.tuple(fc.nat(20), status, fc.boolean()).map(([index, code, proxied]): Step => {
  return (world) => world.answer(index, code, proxied)
})
// In steps of which each is longer than a timer may be late.
const pause = fc.constantFrom(0, 500, 3500, 16_000, 31_500, 32_000).map((ms): Step => {
  return (world) => world.rig.clock.advance(ms)
})
const failure = fc.constantFrom<Step[]>(
  (world) => world.rig.leg.failLast(),
  (world) => world.rig.dispatcher.removeLeg(world.other),
)
const atOnce = fc.tuple(fc.boolean(), status).map(([once, code]): Step => {
  return (world) => {
    world.rig.onReceive = () => {
      world.answer(world.rig.received.length - 1, code, false)
      if (once) world.rig.onReceive = undefined
    }
  }
})

test('an answered request behaves as if its transaction were kept whole', () => {
  const steps = fc.array(
    fc.oneof({ weight: 6, arbitrary: receive }, { weight: 5, arbitrary: answer }, pause, failure, atOnce),
    { minLength: 2, maxLength: 40, size: 'max' },
  )
  fc.assert(
    fc.property(steps, (all) => {
      const whole = new World({ whole: true })
      const octets = new World({ whole: false })
      for (const step of all) for (const world of [whole, octets]) step(world)
      expect(octets.seen()).toEqual(whole.seen())
      for (const { rig } of [whole, octets]) rig.clock.runUntilIdle()
      expect(octets.seen()).toEqual(whole.seen())
    }),
    { numRuns: 300, seed: 3 },
  )
})
