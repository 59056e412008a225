import { SeededRandom } from '@netsip/runtime/testing'
import { expect, test } from 'vitest'
import { incoming, Rig } from '../testing/rig.ts'

/** A request that was answered, as a plain list would keep it. */
interface Kept {
  readonly method: string
  readonly branch: string
  readonly due: number
  readonly answer: string
}

const seeds = Array.from({ length: 20 }, (_, index) => index + 1)

/** A server whose load swings, and what it should remember of it. */
class Model {
  readonly rig: Rig
  readonly timeout: number
  readonly random: SeededRandom
  readonly problems: string[] = []
  #kept: Kept[] = []
  #count = 0

  constructor(seed: number) {
    this.random = new SeededRandom(seed)
    const t1 = [1, 3, 10, 100, 500][this.pick(5)] as number
    this.timeout = 64 * t1
    this.rig = new Rig('udp', { timers: { t1 } })
  }

  pick(below: number): number {
    return this.random.uint32() % below
  }

  /** So many new requests in a span, with copies of those before among them. */
  load(count: number, span: number): void {
    for (let i = 0; i < count; i++) {
      this.#ask(this.pick(5) === 0 ? 'INVITE' : 'OPTIONS', `z9hG4bK${this.#count++}`)
      if (this.pick(3) === 0) this.copy(this.#kept.at(-1 - this.pick(Math.min(this.#kept.length, 80))) as Kept)
      if (this.pick(10) === 0) this.copy(this.#kept[this.pick(this.#kept.length)] as Kept)
      this.rig.clock.advance(this.pick(2) ? span / count : Math.floor(span / count))
    }
    for (const one of this.#kept.slice(-30)) this.copy(one)
  }

  /** Answered with its own octets until its time, and taken for new after it; within a millisecond of it either will do. */
  copy({ method, branch, due, answer }: Kept): void {
    const left = due - this.rig.clock.monotonic()
    this.rig.leg.receive(incoming(method, { branch }))
    const isNew = this.rig.received.length > 0
    if (Math.abs(left) >= 1 && isNew !== left < 0)
      this.problems.push(`${method} ${branch}: ${isNew ? 'new' : 'known'} ${left} ms before its time`)
    if (isNew) return this.#answer(method, branch)
    const sent = this.rig.leg.sent.splice(0).map(({ text }) => text)
    if (sent.join('') !== (method === 'INVITE' ? '' : answer))
      this.problems.push(`${method} ${branch}: sent ${sent.join('')}`)
  }

  #ask(method: string, branch: string): void {
    this.rig.leg.receive(incoming(method, { branch }))
    this.#answer(method, branch)
  }

  #answer(method: string, branch: string): void {
    const octets = this.pick(20) === 0 ? this.pick(60_000) : this.pick(3000)
    this.rig.reply(200, {}, { 'X-Number': String(this.#count++), 'X-Rest': 'x'.repeat(octets) })
    const answer = this.rig.leg.sent.splice(0)[0]?.text ?? ''
    this.rig.takeReceived()
    this.#kept = this.#kept.filter((one) => one.branch !== branch)
    this.#kept.push({ method, branch, due: this.rig.clock.monotonic() + this.timeout, answer })
  }
}

test.each(seeds)(
  'X042 a copy gets its own answer until its time and never after, whatever the load (seed %i)',
  async (seed) => {
    const model = new Model(seed)
    const { rig, timeout } = model
    for (let phase = 3 + model.pick(5); phase > 0; phase--) {
      if (model.pick(4) === 0) rig.clock.advance(2 * timeout * model.random.float())
      else model.load([5, 60, 300][model.pick(3)] as number, timeout * (0.2 + 2 * model.random.float()))
    }
    if (model.pick(2)) await rig.dispatcher.close()
    else rig.clock.runUntilIdle(3 * timeout)
    expect(model.problems).toEqual([])
    expect([rig.dispatcher.stats().transactions.total, rig.clock.pending, rig.errors]).toEqual([0, 0, []])
  },
)
