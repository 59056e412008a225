import { ProxyAuthenticate, type SipRequest, WwwAuthenticate } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import type { LocationStore } from '../location/location-store.ts'
import { MemoryLocationStore } from '../location/memory-location-store.ts'
import { type TestAgent, TestBed } from '../testing/test-bed.ts'
import { answering, clean, pair, ringing, type Pair } from '../testing/test-pair.ts'

async function withTwoBobs(): Promise<Pair & { bob2: TestAgent }> {
  const both = await pair()
  const bob2 = both.bed.agent('bob', '10.0.0.4')
  await bob2.register()
  return { ...both, bob2 }
}

function digest(realm: string): string {
  return `Digest realm="${realm}", nonce="n", qop="auth"`
}

/** Contacts that lead back to the server, each a little different. */
function eightTimes(user: string): string {
  return Array.from({ length: 8 }, (_, i) => `<sip:${user}@10.0.0.1;x=${i}>`).join(', ')
}

describe('forking', () => {
  test('R097 the first who answers has the call, the other is cancelled', async () => {
    const { bed, alice, bob, bob2 } = await withTwoBobs()
    ringing(bob)
    bob2.onRequest = (request) => bob2.answer(request, 180)
    const call = alice.request('INVITE', 'sip:bob@example.com')
    await bed.run(50)
    expect(call.statuses.filter((status) => status !== 100)).toEqual([180, 180])
    bob2.answer(bob2.requests[0] as SipRequest, 200)
    await bed.run(50)
    expect(call.final.contact?.uri.toString()).toBe('sip:bob@10.0.0.4:5060')
    expect(bob.methods).toEqual(['INVITE', 'CANCEL'])
    expect(bob2.methods).toEqual(['INVITE'])
    expect(call.statuses.filter((status) => status >= 200)).toEqual([200])
    expect(await bed.settle()).toEqual(clean)
  })

  test('R085 R083 each 2xx of two who answer at once goes to the caller', async () => {
    const { bed, alice, bob, bob2 } = await withTwoBobs()
    answering(bob, 200)
    answering(bob2, 200)
    const call = alice.request('INVITE', 'sip:bob@example.com')
    await bed.run(50)
    expect(call.responses.map(({ contact }) => contact?.uri.toString())).toEqual([
      'sip:bob@10.0.0.4:5060',
      'sip:bob@10.0.0.3:5060',
    ])
    expect(await bed.settle()).toEqual(clean)
  })

  test('R086 a request other than INVITE is answered once', async () => {
    const { bed, alice } = await withTwoBobs()
    const options = alice.request('OPTIONS', 'sip:bob@example.com')
    await bed.run(50)
    expect(options.statuses).toEqual([200])
    expect(await bed.settle()).toEqual(clean)
  })

  test('R093 486, 404 and 600: the 600 goes to the caller', async () => {
    const { bed, alice, bob, bob2 } = await withTwoBobs()
    const bob3 = bed.agent('bob', '10.0.0.5')
    await bob3.register()
    answering(bob, 486)
    answering(bob2, 600)
    answering(bob3, 404)
    const call = alice.request('INVITE', 'sip:bob@example.com')
    await bed.run(50)
    expect(call.statuses).toEqual([600])
    expect(await bed.settle()).toEqual(clean)
  })

  test('R087 R087b R087d a 6xx cancels the others and is passed on when all are done', async () => {
    const { bed, alice, bob, bob2 } = await withTwoBobs()
    ringing(bob)
    answering(bob2, 603)
    const call = alice.request('INVITE', 'sip:bob@example.com')
    await bed.run(100)
    expect(bob.methods).toEqual(['INVITE', 'CANCEL'])
    expect(call.statuses.filter((status) => status >= 200)).toEqual([603])
    expect(await bed.settle()).toEqual(clean)
  })

  test('R063c R087c contacts of lower q are tried when those of higher q have failed', async () => {
    const bed = new TestBed()
    bed.start()
    const alice = bed.agent('alice', '10.0.0.2')
    const desk = bed.agent('bob', '10.0.0.3')
    const mobile = bed.agent('bob', '10.0.0.4')
    await desk.register({ contact: `<${desk.contact}>;q=0.9` })
    await mobile.register({ contact: `<${mobile.contact}>;q=0.1` })
    desk.onRequest = (request) => desk.answer(request, 486)
    const call = alice.request('INVITE', 'sip:bob@example.com')
    await bed.run(50)
    expect([desk.methods.length, mobile.methods.length, call.final.status]).toEqual([1, 1, 200])
    answering(desk, 603)
    const refused = alice.request('INVITE', 'sip:bob@example.com')
    await bed.run(50)
    expect([refused.final.status, mobile.methods.length]).toEqual([603, 1])
  })

  test('R063c a store that adds the contacts of another user forwards what is refused', async () => {
    const bed = new TestBed()
    const users = new MemoryLocationStore({ clock: bed.clock })
    const forwards = new Map([['sip:bob@example.com', 'sip:carol@example.com']])
    const store: LocationStore = {
      lookup: (aor) => [
        ...users.lookup(aor),
        ...users.lookup(forwards.get(aor) ?? '').map((binding) => ({ ...binding, q: 0 })),
      ],
      update: (aor, decide) => users.update(aor, decide),
      onChange: (listener) => users.onChange(listener),
    }
    bed.start({ store })
    const alice = bed.agent('alice', '10.0.0.2')
    const bob = bed.agent('bob', '10.0.0.3')
    const carol = bed.agent('carol', '10.0.0.4', 'tcp')
    await bob.register()
    await carol.register()
    answering(bob, 486)
    const call = alice.request('INVITE', 'sip:bob@example.com')
    await bed.run(50)
    expect([bob.methods.length, carol.methods.length, call.final.status]).toEqual([1, 1, 200])
    const refreshed = await bob.register()
    expect(refreshed.headers.getAll('Contact')).toHaveLength(1)
    answering(bob, 200)
    const taken = alice.request('INVITE', 'sip:bob@example.com')
    await bed.run(50)
    expect([carol.methods.length, taken.final.status]).toEqual([1, 200])
  })

  test('R077 the breadth is shared out, and what does not fit waits', async () => {
    const { bed, alice, bob, bob2 } = await withTwoBobs()
    const breadths = (): (string | undefined)[] =>
      [bob, bob2].map(({ requests }) => requests.at(-1)?.headers.get('Max-Breadth'))
    alice.request('MESSAGE', 'sip:bob@example.com')
    await bed.run(50)
    expect(breadths()).toEqual(['30', '30'])
    alice.request('MESSAGE', 'sip:bob@example.com', { headers: { 'Max-Breadth': 5 } })
    await bed.run(50)
    expect(breadths()).toEqual(['2', '3'])
    answering(bob, 486)
    answering(bob2, 486)
    const narrow = alice.request('INVITE', 'sip:bob@example.com', { headers: { 'Max-Breadth': 1 } })
    await bed.run(100)
    expect([narrow.final.status, ...breadths()]).toEqual([486, '1', '1'])
  })

  test('R077 contacts that fork into each other stay within bounds', async () => {
    const bed = new TestBed()
    bed.start({ domains: ['10.0.0.1'] })
    const mallory = bed.agent('mallory', '10.0.0.66')
    for (const [user, contact] of [
      ['a', eightTimes('b')],
      ['b', eightTimes('a')],
    ] as const)
      await mallory.register({ uri: 'sip:10.0.0.1', to: `sip:${user}@10.0.0.1`, contact })
    mallory.request('MESSAGE', 'sip:a@10.0.0.1', { headers: { 'Max-Breadth': 4 } })
    let most = 0
    for (let i = 0; i < 300; i++) {
      await bed.run(1)
      most = Math.max(most, bed.server?.proxy.contexts ?? 0)
    }
    // Four at most at each depth; and each way ends, in a loop or without hops
    expect(most).toBeGreaterThan(16)
    expect(most).toBeLessThanOrEqual(4 * 70)
    bed.server?.close()
  })

  test('R092 the challenges of all branches go to the caller together', async () => {
    const { bed, alice, bob, bob2 } = await withTwoBobs()
    bob.onRequest = (request) => bob.answer(request, 401, { 'WWW-Authenticate': digest('one') })
    bob2.onRequest = (request) => bob2.answer(request, 407, { 'Proxy-Authenticate': digest('two') })
    const call = alice.request('INVITE', 'sip:bob@example.com')
    await bed.run(50)
    expect(call.statuses).toEqual([407])
    expect(call.final.read(WwwAuthenticate).map(({ realm }) => realm)).toEqual(['one'])
    expect(call.final.read(ProxyAuthenticate).map(({ realm }) => realm)).toEqual(['two'])
  })
})
