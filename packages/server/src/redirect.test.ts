import { NameAddr } from '@netsip/message'
import { expect, test } from 'vitest'
import { Chain } from './chain.ts'
import { MemoryLocationStore } from './location/memory-location-store.ts'
import { Redirect } from './redirect.ts'
import { Registrar } from './registrar/registrar.ts'
import { TestAgent, TestBed } from './testing/test-bed.ts'

function redirecting(): { bed: TestBed; alice: TestAgent; bob: TestAgent; store: MemoryLocationStore } {
  const bed = new TestBed()
  const { dispatcher, clock } = bed
  const store = new MemoryLocationStore({ clock })
  const common = { dispatcher, store, domains: ['example.com'], isUser: (user: string) => user !== 'nobody' }
  dispatcher.setReceiver(new Chain(dispatcher, [new Registrar(common), new Redirect(common)]))
  return { bed, store, alice: bed.agent('alice', '10.0.0.2'), bob: bed.agent('bob', '10.0.0.3') }
}

test('R036 R039 R042 R043 one contact is 302, several are 300, best first; R041 in <> with q and expires', async () => {
  const { bed, alice, bob } = redirecting()
  await bob.register({ contact: '<sip:bob@10.0.0.3;ob>;+sip.secret;q=0.5' })
  const one = alice.request('INVITE', bob.aor)
  await bed.run(50)
  expect([one.final.status, one.final.headers.getAll('Contact')]).toEqual([
    302,
    ['<sip:bob@10.0.0.3;ob>;q=0.5;expires=3600'],
  ])
  await bob.register({ contact: '<sip:bob@10.0.0.4>' })
  const two = alice.request('MESSAGE', bob.aor, { headers: { Require: 'whatever' } })
  await bed.run(50)
  expect(two.final.status).toBe(300)
  expect(two.final.contacts.toString()).toMatch(
    /^<sip:bob@10\.0\.0\.4>;expires=\d+,<sip:bob@10\.0\.0\.3;ob>;q=0\.5;expires=\d+$/,
  )
})

test('R036 an unknown user is 404, one without a contact 480; other domains are not redirected', async () => {
  const { bed, alice } = redirecting()
  const uris = ['sip:nobody@example.com', 'sip:bob@example.com', 'sip:x@elsewhere.example']
  const exchanges = uris.map((uri) => alice.request('INVITE', uri))
  await bed.run(50)
  expect(exchanges.map(({ final }) => final.status)).toEqual([404, 480, 404])
})

test('R040 never to where the request was sent', async () => {
  const { bed, alice, bob, store } = redirecting()
  await bob.register()
  const [binding] = store.lookup(bob.aor)
  if (binding) store.update(bob.aor, () => [{ ...binding, contact: NameAddr.parse('<sip:bob@EXAMPLE.com>') }])
  const call = alice.request('INVITE', bob.aor)
  await bed.run(50)
  expect(call.final.status).toBe(480)
})

test('R037 a CANCEL after the redirection is 200; R038 the ACK is absorbed', async () => {
  const { bed, alice, bob } = redirecting()
  await bob.register()
  const call = alice.request('INVITE', bob.aor)
  await bed.run(50)
  const cancel = alice.make('CANCEL', bob.aor, { callId: call.request.callId, contact: null })
  if (call.request.via) cancel.pushVia(call.request.via)
  const exchange = alice.send(cancel)
  alice.send(alice.make('ACK', bob.aor))
  await bed.run(50)
  expect(exchange.statuses).toEqual([200])
})
