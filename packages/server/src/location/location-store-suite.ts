import { NameAddr } from '@netsip/message'
import { isSipError } from '@netsip/runtime'
import type { Binding } from './binding.ts'
import type { LocationChange, LocationStore } from './location-store.ts'

/** What a store under test is given: a clock that can be turned, and bounds. */
export interface LocationStoreBench {
  /** A new, empty store that holds at most `maxBindings` bindings. */
  create(maxBindings: number): LocationStore | Promise<LocationStore>
  /** The time that `expiresAt` and `updatedAt` are in, ms. */
  now(): number
  /** Lets this much time pass for the store, ms. */
  advance(ms: number): void | Promise<void>
}

/** One thing that every location store does. `run` rejects with an error that tells what was different. */
export interface LocationStoreCase {
  /** With the ids of the rules of SPEC.md that it shows. */
  readonly name: string
  readonly run: (bench: LocationStoreBench) => Promise<void>
}

const ALICE = 'sip:alice@example.com'
const BOB = 'sip:bob@example.com'
const MINUTE = 60_000

function bindingOf(bench: LocationStoreBench, host: string, change: Partial<Binding> = {}): Binding {
  const now = bench.now()
  return {
    aor: ALICE,
    contact: NameAddr.parse(`"Alice \\"A\\"" <sip:alice@${host};ob?Subject=hi>;x="y z"`),
    q: 1,
    expiresAt: now + MINUTE,
    updatedAt: now,
    callId: 'one',
    cseq: 1,
    path: ['<sip:edge.example.com;lr>'],
    received: { protocol: 'udp', addr: '192.0.2.9', port: 5060, family: 'IPv4' },
    userAgent: 'test',
    ...change,
  }
}

function expect(actual: unknown, expected: unknown, what: string): void {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (a !== b) throw new Error(`${what}: expected ${b}, got ${a}`)
}

async function hostsOf(store: LocationStore, aor: string): Promise<string[]> {
  return hosts(await store.lookup(aor))
}

function hosts(bindings: readonly Binding[]): string[] {
  return bindings.map(({ contact }) => /@([^;?>]*)/.exec(contact.toString())?.[1] ?? '')
}

/** Address and contacts of each user that a store lists, as text. */
async function usersOf(store: LocationStore): Promise<string[]> {
  const users: string[] = []
  for await (const bindings of store.users?.() ?? []) users.push([bindings[0]?.aor, ...hosts(bindings)].join(' '))
  return users.sort()
}

const add =
  (...more: readonly Binding[]) =>
  (current: readonly Binding[]): readonly Binding[] => [...current, ...more]

async function failureOf(attempt: () => unknown): Promise<unknown> {
  try {
    await attempt()
  } catch (error) {
    return error
  }
  throw new Error('it did not fail')
}

/** The cases, to be run by any test runner: `for (const { name, run } of locationStoreCases) test(name, () => run(bench))`. */
export const locationStoreCases: readonly LocationStoreCase[] = [
  {
    name: 'R001 keeps users apart and finds nothing for a stranger',
    async run(bench) {
      const store = await bench.create(10)
      await store.update(ALICE, add(bindingOf(bench, 'a')))
      await store.update(BOB, add(bindingOf(bench, 'b', { aor: BOB })))
      expect(await hostsOf(store, ALICE), ['a'], 'alice')
      expect(await hostsOf(store, BOB), ['b'], 'bob')
      expect(await store.lookup('sip:carol@example.com'), [], 'carol')
    },
  },
  {
    name: 'R002 gives a binding back as it was stored',
    async run(bench) {
      const store = await bench.create(10)
      const stored = bindingOf(bench, 'a', { flow: 'f1', flowOnly: true, instance: '<urn:uuid:1>', regId: 2 })
      await store.update(ALICE, add(stored))
      const [found] = await store.lookup(ALICE)
      expect(
        { ...found, contact: found?.contact.toString() },
        { ...stored, contact: stored.contact.toString() },
        'binding',
      )
    },
  },
  {
    name: 'R003 does not show a binding once its time is over',
    async run(bench) {
      const store = await bench.create(10)
      await store.update(
        ALICE,
        add(bindingOf(bench, 'a'), bindingOf(bench, 'b', { expiresAt: bench.now() + 2 * MINUTE })),
      )
      await bench.advance(MINUTE - 1)
      expect(await hostsOf(store, ALICE), ['a', 'b'], 'just before')
      await bench.advance(1)
      expect(await hostsOf(store, ALICE), ['b'], 'at the end of the first')
      let given: readonly Binding[] = []
      await store.update(ALICE, (current) => (given = current))
      expect(given.length, 1, 'what an update is given')
    },
  },
  {
    name: 'R003 orders by q, then by the time of the last refresh',
    async run(bench) {
      const store = await bench.create(10)
      const at = bench.now()
      await store.update(
        ALICE,
        add(
          bindingOf(bench, 'low', { q: 0.1, updatedAt: at + 3 }),
          bindingOf(bench, 'old', { updatedAt: at + 1 }),
          bindingOf(bench, 'new', { updatedAt: at + 2 }),
        ),
      )
      expect(await hostsOf(store, ALICE), ['new', 'old', 'low'], 'order')
    },
  },
  {
    name: 'R004b commits all or nothing',
    async run(bench) {
      const store = await bench.create(2)
      await store.update(ALICE, add(bindingOf(bench, 'a')))
      const thrown = new Error('no')
      const caught = await failureOf(() =>
        store.update(ALICE, () => {
          throw thrown
        }),
      )
      expect(caught === thrown, true, 'the error of the decision')
      const full = await failureOf(() => store.update(ALICE, add(bindingOf(bench, 'b'), bindingOf(bench, 'c'))))
      expect(isSipError(full) && full.code, 'ERR_SIP_OVERLOAD', 'a full store')
      expect(await hostsOf(store, ALICE), ['a'], 'what is left')
    },
  },
  {
    name: 'R004b loses no update of two at the same time',
    async run(bench) {
      const store = await bench.create(10)
      await Promise.all([
        store.update(ALICE, add(bindingOf(bench, 'a'))),
        store.update(ALICE, add(bindingOf(bench, 'b'))),
        store.update(ALICE, add(bindingOf(bench, 'c'))),
      ])
      expect((await hostsOf(store, ALICE)).sort(), ['a', 'b', 'c'], 'contacts')
    },
  },
  {
    name: 'R004d lists who is registered, if it lists anybody',
    async run(bench) {
      const store = await bench.create(10)
      if (!store.users) return
      const later = bench.now() + 2 * MINUTE
      await store.update(ALICE, add(bindingOf(bench, 'a', { q: 0.5 }), bindingOf(bench, 'b')))
      await store.update(BOB, add(bindingOf(bench, 'c', { aor: BOB, expiresAt: later })))
      await store.update('sip:carol@example.com', add(bindingOf(bench, 'd', { aor: 'sip:carol@example.com' })))
      await store.update('sip:carol@example.com', () => [])
      expect(await usersOf(store), [`${ALICE} b a`, `${BOB} c`], 'users')
      await bench.advance(MINUTE)
      expect(await usersOf(store), [`${BOB} c`], 'users once the time of one is over')
    },
  },
  {
    name: 'R004c tells of what was added, refreshed, removed and expired',
    async run(bench) {
      const store = await bench.create(10)
      const changes: string[] = []
      const stop = store.onChange(({ type, binding }: LocationChange) => changes.push(`${type} ${binding.cseq}`))
      await store.update(ALICE, add(bindingOf(bench, 'a')))
      await store.update(ALICE, () => [bindingOf(bench, 'a', { cseq: 2 })])
      await store.update(ALICE, (current) => current)
      await store.update(ALICE, () => [])
      await store.update(ALICE, add(bindingOf(bench, 'a', { cseq: 3 })))
      await bench.advance(2 * MINUTE)
      expect(changes, ['added 1', 'refreshed 2', 'removed 2', 'added 3', 'expired 3'], 'changes')
      stop()
      await store.update(ALICE, add(bindingOf(bench, 'a')))
      expect(changes.length, 5, 'changes after the listener was taken off')
    },
  },
  {
    name: 'R005 keeps users with escaped and exotic names apart',
    async run(bench) {
      const store = await bench.create(10)
      await store.update('sip:null-%00-null@example.com', add(bindingOf(bench, 'a')))
      expect(await hostsOf(store, 'sip:null-@example.com'), [], 'the name cut at the NUL')
      expect(await hostsOf(store, 'sip:null-%00-null@example.com'), ['a'], 'the whole name')
      expect(await hostsOf(store, '__proto__'), [], 'a name of the language')
    },
  },
  {
    name: 'R138c has room again when bindings have expired',
    async run(bench) {
      const store = await bench.create(1)
      await store.update(ALICE, add(bindingOf(bench, 'a')))
      const full = await failureOf(() => store.update(BOB, add(bindingOf(bench, 'b', { aor: BOB }))))
      expect(isSipError(full) && full.code, 'ERR_SIP_OVERLOAD', 'a full store')
      await bench.advance(MINUTE)
      await store.update(BOB, add(bindingOf(bench, 'b', { aor: BOB })))
      expect(await hostsOf(store, BOB), ['b'], 'the next one')
    },
  },
]
