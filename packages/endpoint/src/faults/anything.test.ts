import type { SipRequest } from '@netsip/message'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Context } from '../context/context.ts'
import type { Notifier } from '../subscription/notifier.ts'
import type { Subscription } from '../subscription/subscription.ts'
import { Party, World } from '../testing/pair.ts'

const METHODS = [
  'BYE',
  'INFO',
  'MESSAGE',
  'OPTIONS',
  'UPDATE',
  'NOTIFY',
  'PRACK',
  'ACK',
  'CANCEL',
  'REFER',
  'SUBSCRIBE',
  'FOO',
]
const STATUSES = [100, 180, 183, 199, 200, 202, 302, 404, 481, 486, 491, 500, 603]

/** Which of the acts below are done how often: calls are made and taken more than anything else. */
const WEIGHTS = [
  0, 0, 0, 0, 12, 12, 12, 12, 12, 11, 11, 4, 4, 5, 5, 13, 14, 14, 15, 15, 1, 2, 3, 6, 7, 8, 9, 10, 16, 17, 18,
]

/** Picks one of a list by any number. */
function pick<T>(list: readonly T[], n: number): T | undefined {
  return list[n % Math.max(1, list.length)]
}

/** One of the last five of a list, more often than not. */
function recent<T>(list: readonly T[], n: number): T | undefined {
  return n % 4 === 0 ? pick(list, n) : pick(list.slice(-5), n)
}

/** An application that does anything at any time, with all that it was ever handed. */
class Monkey {
  readonly party: Party
  readonly #peer: string
  readonly #contexts: Context[] = []
  readonly #requests: { ctx: Context; request: SipRequest }[] = []
  readonly #subscriptions: Subscription[] = []
  readonly #notifiers: Notifier[] = []
  readonly #outcomes = new Set<Promise<unknown>>()
  /** Outcomes that are not settled. */
  open = 0

  constructor(party: Party, peer: string) {
    this.party = party
    this.#peer = peer
    party.serve((ctx, request) => {
      this.#requests.push({ ctx, request })
      this.#keep(ctx)
    })
  }

  /** One of the things that can be done, chosen by three numbers. */
  act(what: number, one: number, other: number): void {
    const { endpoint } = this.party
    const ctx = recent(this.#contexts, one)
    const got = recent(this.#requests, one)
    const acts: (() => unknown)[] = [
      () => this.#keep(endpoint.invite(this.#init, undefined, 'v=0\r\n', { forks: other % 2 === 0 ? 'all' : 'first' })),
      () => this.#keep(endpoint.newRequest(pick(METHODS, other) ?? '', this.#init, undefined, 'x')),
      () => this.#subscriptions.push(endpoint.subscribe(this.#init, { event: 'presence', expires: other % 100 })),
      () => this.#subscriptions.push(endpoint.refer(this.#init, 'sip:carol@10.0.0.3')),
      () => ctx && endpoint.invite(ctx, undefined, other % 3 === 0 ? undefined : 'v=0\r\n'),
      () =>
        ctx && endpoint.newRequest(pick(METHODS, other) ?? '', ctx, undefined, other % 2 === 0 ? 'v=0\r\n' : undefined),
      () => ctx && endpoint.cancelInvite(ctx),
      () => ctx && endpoint.closeContext(ctx),
      () => ctx && void ctx.hangUp(),
      () => ctx && this.#subscriptions.push(endpoint.subscribe(ctx, { event: 'dialog', expires: other % 100 })),
      () =>
        ctx &&
        this.#subscriptions.push(endpoint.refer(ctx, 'sip:carol@10.0.0.3', undefined, { replaces: ctx.dialogs[0]! })),
      () =>
        got &&
        this.party.respond(got.ctx, got.request, pick(STATUSES, other) ?? 200, other % 2 === 0 ? 'v=0\r\n' : undefined),
      () => got && this.party.respond(got.ctx, got.request, 200, 'v=0\r\n'),
      () =>
        got &&
        endpoint.newResponse(
          got.ctx,
          got.request.createResponse(183, { headers: { Require: '100rel' }, body: 'v=0\r\n' }),
        ),
      () => got && this.#notifiers.push(endpoint.acceptSubscription(got.ctx, got.request)),
      () => got && endpoint.acceptRefer(got.ctx, got.request).report(pick(STATUSES, other) ?? 200),
      () => recent(this.#subscriptions, one)?.unsubscribe(),
      () => recent(this.#notifiers, one)?.notify({ body: 'state' }),
      () => recent(this.#notifiers, one)?.terminate('noresource'),
    ]
    try {
      pick(acts, WEIGHTS[what % WEIGHTS.length] ?? 0)?.()
    } finally {
      if (ctx !== undefined) this.#await(ctx)
    }
  }

  get #init(): { from: string; to: string } {
    return { from: this.party.uri, to: this.#peer }
  }

  #keep(ctx: Context): void {
    if (this.#contexts.includes(ctx)) return
    this.#contexts.push(ctx)
    // Of a request that came in there is none to wait for.
    if (ctx.incoming) ctx.outcome.catch(() => undefined)
    this.#await(ctx, ctx.incoming)
  }

  /** Counts what the request sent last comes to, if there was one. */
  #await({ outcome }: Context, isKnown = this.#outcomes.has(outcome)): void {
    this.#outcomes.add(outcome)
    if (isKnown) return
    this.open += 1
    const settle = (): number => (this.open -= 1)
    outcome.then(settle, settle)
  }
}

const isCoded = (error: unknown): boolean => String((error as { code?: unknown }).code).startsWith('ERR_SIP_')

const deeds = fc.array(
  fc.record({
    who: fc.nat(1),
    what: fc.nat(300),
    one: fc.nat(60),
    other: fc.nat(200),
    pause: fc.constantFrom(0, 3, 12, 12, 12, 12, 300, 600, 5000, 40_000),
  }),
  { minLength: 1, maxLength: 120, size: 'max' },
)

test('whatever two applications do, in whatever order: each error has a code, and all of it ends when they close', async () => {
  await fc.assert(
    fc.asyncProperty(deeds, fc.constantFrom(0, 0.2), async (list, loss) => {
      const world = new World({ loss })
      const alice = new Party(world, 'alice', { sessionExpires: 90 })
      const bob = new Party(world, 'bob')
      const monkeys = [new Monkey(alice, bob.uri), new Monkey(bob, alice.uri)]
      const thrown: unknown[] = []
      for (const { who, what, one, other, pause } of list) {
        try {
          monkeys[who]?.act(what, one, other)
        } catch (error) {
          thrown.push(error)
        }
        await world.pass(pause)
      }
      expect(thrown.filter((error) => !isCoded(error)).map(String)).toEqual([])
      let closed = 0
      for (const { endpoint } of [alice, bob]) void endpoint.close().then(() => (closed += 1))
      await world.pass(4_000_000)
      const left = [alice, bob].map(({ endpoint, dispatcher }) => {
        const { contexts, dialogs, pendingAcks } = endpoint.stats()
        return { contexts, dialogs, pendingAcks, transactions: dispatcher.stats().transactions.total }
      })
      const nothing = { contexts: 0, dialogs: 0, pendingAcks: 0, transactions: 0 }
      expect({ left, closed, timers: world.clock.pending }).toEqual({ left: [nothing, nothing], closed: 2, timers: 0 })
      expect(monkeys.map(({ open }) => open)).toEqual([0, 0])
    }),
    { numRuns: 50, seed: 6 },
  )
})
