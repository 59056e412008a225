import { authorize } from '@netsip/auth'
import { WwwAuthenticate } from '@netsip/message'
import { expect, test } from 'vitest'
import { Chain } from '../chain.ts'
import { MemoryLocationStore } from '../location/memory-location-store.ts'
import { Registrar } from './registrar.ts'
import { TestBed } from '../testing/test-bed.ts'

const clean = { contexts: 0, transactions: 0, timers: 0 }

function contactsOf(response: { headers: { getAll(name: string): string[] } }): string[] {
  return response.headers.getAll('Contact')
}

test('R009 R009b R009c a query lists the bindings and changes nothing', async () => {
  const bed = new TestBed()
  bed.start()
  const alice = bed.agent('alice', '10.0.0.2')
  await alice.register({ headers: { Expires: 600 } })
  await bed.run(100_000 - 52)
  const listed = await alice.register({ contact: null })
  expect(listed.status).toBe(200)
  expect(contactsOf(listed)).toEqual(['<sip:alice@10.0.0.2:5060>;expires=500'])
  expect(contactsOf(await alice.register({ contact: null }))).toHaveLength(1)
  expect(await bed.settle()).toEqual(clean)
})

test('R012 R013 the lifetime is that of the contact, else of Expires, else 3600; R014 cut to the maximum', async () => {
  const bed = new TestBed()
  bed.start()
  const alice = bed.agent('alice', '10.0.0.2')
  const registered = await alice.register({
    contact: '<sip:a@10.0.0.2>;expires=100, <sip:b@10.0.0.2>, <sip:c@10.0.0.2>;expires=99999999999',
    headers: { Expires: 200 },
  })
  expect(contactsOf(registered)).toEqual([
    '<sip:a@10.0.0.2>;expires=100',
    '<sip:b@10.0.0.2>;expires=200',
    '<sip:c@10.0.0.2>;expires=7200',
  ])
  const bob = bed.agent('bob', '10.0.0.3')
  expect(contactsOf(await bob.register())).toEqual(['<sip:bob@10.0.0.3:5060>;expires=3600'])
  expect(contactsOf(await bob.register({ headers: { Expires: 'soon' } }))).toEqual([
    '<sip:bob@10.0.0.3:5060>;expires=3600',
  ])
})

test('R015 too brief is 423 with Min-Expires; R014 zero removes', async () => {
  const bed = new TestBed()
  bed.start()
  const alice = bed.agent('alice', '10.0.0.2')
  const brief = await alice.register({ headers: { Expires: 30 } })
  expect([brief.status, brief.headers.get('Min-Expires')]).toEqual([423, '60'])
  await alice.register()
  const removed = await alice.register({ headers: { Expires: 0 } })
  expect([removed.status, contactsOf(removed)]).toEqual([200, []])
})

test('R021 removing what is not there is no error', async () => {
  const bed = new TestBed()
  bed.start()
  const gone = await bed.agent('alice', '10.0.0.2').register({ headers: { Expires: 0 } })
  expect([gone.status, contactsOf(gone)]).toEqual([200, []])
})

test('R016 a contact is the same by URI comparison; R017 another Call-ID may change it', async () => {
  const bed = new TestBed()
  bed.start()
  const alice = bed.agent('alice', '10.0.0.2')
  await alice.register({ contact: '<sip:alice@HOST.example.net;ob>' })
  const refreshed = await alice.register({ contact: '<sip:%61lice@host.example.net;ob>;q=0.5' })
  expect(contactsOf(refreshed)).toEqual(['<sip:%61lice@host.example.net;ob>;q=0.5;expires=3600'])
})

test('R018 a request that was overtaken by a later one is refused whole', async () => {
  const bed = new TestBed()
  bed.start()
  const alice = bed.agent('alice', '10.0.0.2')
  await alice.register({ callId: 'boot', seq: 7 })
  const late = await alice.register({
    callId: 'boot',
    seq: 6,
    contact: '<sip:new@10.0.0.2>, <sip:alice@10.0.0.2:5060>;expires=0',
  })
  expect(late.status).toBe(500)
  expect(contactsOf(await alice.register({ contact: null }))).toEqual([expect.stringContaining('sip:alice@10.0.0.2')])
})

test('R010 a star needs Expires 0 and to be alone; R011 it removes all bindings, in order', async () => {
  const bed = new TestBed()
  bed.start()
  const alice = bed.agent('alice', '10.0.0.2')
  await alice.register({ callId: 'boot', seq: 5, contact: '<sip:a@10.0.0.2>, <sip:b@10.0.0.2>' })
  expect((await alice.register({ contact: '*' })).status).toBe(400)
  expect((await alice.register({ contact: '*', headers: { Expires: 10 } })).status).toBe(400)
  expect((await alice.register({ contact: '*, <sip:a@10.0.0.2>', headers: { Expires: 0 } })).status).toBe(400)
  expect((await alice.register({ callId: 'boot', seq: 5, contact: '*', headers: { Expires: 0 } })).status).toBe(500)
  expect(contactsOf(await alice.register({ contact: null }))).toHaveLength(2)
  const all = await alice.register({ callId: 'boot', seq: 6, contact: '*', headers: { Expires: 0 } })
  expect([all.status, contactsOf(all)]).toEqual([200, []])
})

test('R003 an expired binding is not listed any more', async () => {
  const bed = new TestBed()
  bed.start()
  const alice = bed.agent('alice', '10.0.0.2')
  await alice.register({ headers: { Expires: 60 } })
  await bed.run(60_000)
  expect(contactsOf(await alice.register({ contact: null }))).toEqual([])
})

test('R022 R022b R023 contacts come back as they were registered', async () => {
  const bed = new TestBed()
  bed.start()
  const contact =
    '"Al, \\"Ice\\"" <sip:a%40b;tag=x@10.0.0.2:5070;method=INVITE?Subject=a%20b&Priority=urgent>;q=0.3;+sip.x="<a,b>";flag'
  const registered = await bed.agent('alice', '10.0.0.2').register({ contact: `${contact};expires=120` })
  expect(contactsOf(registered)).toEqual([`${contact};expires=120`])
  expect(registered.headers.get('Date')).toBe('Thu, 01 Jan 2026 00:00:00 GMT')
})

test('R007 a REGISTER to the address of the server itself is for the domain of its To, if that is ours', async () => {
  const bed = new TestBed()
  bed.start({ domains: ['example.com', 'example.org:5090'] })
  const alice = bed.agent('alice', '10.0.0.2')
  for (const uri of ['sip:10.0.0.1', 'sip:10.0.0.1:5060;transport=tcp']) {
    expect((await alice.register({ uri })).status).toBe(200)
    expect((await alice.register({ uri, to: 'sip:alice@example.org' })).status).toBe(200)
    expect((await alice.register({ uri, to: 'sip:alice@elsewhere.example' })).status).toBe(404)
  }
  expect((await alice.register({ uri: 'sip:10.0.0.9' })).status).toBe(403)
  const call = bed.agent('bob', '10.0.0.3').request('INVITE', 'sip:alice@example.org:5090')
  await bed.run(50)
  expect(call.final.status).toBe(200)
})

test('R007 a wrong domain is 404, an unknown option 420 before any question for a password', async () => {
  const bed = new TestBed()
  bed.start({ accounts: { alice: 'secret' } })
  const alice = bed.agent('alice', '10.0.0.2')
  const require = await alice.register({ headers: { Require: 'teleport, path' } })
  expect([require.status, require.headers.get('Unsupported')]).toEqual([420, 'teleport'])
  const foreign = alice.request('REGISTER', 'sip:elsewhere.example', { to: 'sip:alice@elsewhere.example' })
  await bed.run(50)
  expect(foreign.final.status).toBe(403)
})

test('R007 the user is named by To, which must be a SIP URI of the domain', async () => {
  const bed = new TestBed()
  bed.start()
  const alice = bed.agent('alice', '10.0.0.2')
  expect((await alice.register({ to: 'tel:+15550123' })).status).toBe(400)
  expect((await alice.register({ to: 'sip:alice@elsewhere.example' })).status).toBe(404)
  await alice.register({ to: 'sip:other@example.com', from: 'sip:alice@example.com' })
  expect(contactsOf(await alice.register({ to: 'sip:other@example.com', contact: null }))).toHaveLength(1)
})

test('R034 digest: 401 with both algorithms, then 200; a wrong password is asked again', async () => {
  const bed = new TestBed()
  const server = bed.start({ accounts: { alice: 'secret' } })
  const alice = bed.agent('alice', '10.0.0.2')
  const challenge = await alice.register()
  expect(challenge.status).toBe(401)
  expect(challenge.read(WwwAuthenticate).map(({ algorithm, realm }) => [algorithm, realm])).toEqual([
    ['SHA-256', 'example.com'],
    ['MD5', 'example.com'],
  ])
  const attempt = async (user: string, password: string): Promise<number> => {
    const request = alice.make('REGISTER', 'sip:example.com', { to: alice.aor, seq: 2 })
    await authorize(request, challenge, [user, password])
    const exchange = alice.send(request)
    await bed.run(50)
    return exchange.final.status
  }
  expect(await attempt('alice', 'wrong')).toBe(401)
  expect(await attempt('constructor', 'secret')).toBe(401)
  expect(await server.store.lookup('sip:alice@example.com')).toHaveLength(0)
  expect(await attempt('alice', 'secret')).toBe(200)
  expect(await server.store.lookup('sip:alice@example.com')).toHaveLength(1)
})

test('R034 only the algorithms asked for are offered', async () => {
  const bed = new TestBed()
  bed.start({ accounts: { alice: 'secret' }, algorithms: ['MD5'] })
  const challenge = await bed.agent('alice', '10.0.0.2').register()
  expect(challenge.read(WwwAuthenticate).map(({ algorithm }) => algorithm)).toEqual(['MD5'])
})

test('R025 nobody registers a contact for another user', async () => {
  const bed = new TestBed()
  const server = bed.start({ accounts: { alice: 'secret', mallory: 'evil' } })
  const mallory = bed.agent('mallory', '10.0.0.66')
  const challenge = await mallory.register({ to: 'sip:alice@example.com' })
  const request = mallory.make('REGISTER', 'sip:example.com', { to: 'sip:alice@example.com', seq: 2 })
  await authorize(request, challenge, ['mallory', 'evil'])
  const exchange = mallory.send(request)
  await bed.run(50)
  expect(exchange.final.status).toBe(403)
  expect(await server.store.lookup('sip:alice@example.com')).toHaveLength(0)
})

test('R026 the contacts of a user are limited', async () => {
  const bed = new TestBed()
  bed.start()
  const alice = bed.agent('alice', '10.0.0.2')
  const many = Array.from({ length: 11 }, (_, i) => `<sip:c${i}@10.0.0.2>`).join(', ')
  expect((await alice.register({ contact: many })).status).toBe(403)
  expect(contactsOf(await alice.register({ contact: null }))).toEqual([])
})

test('R027 a contact that is the user itself would loop', async () => {
  const bed = new TestBed()
  bed.start()
  expect((await bed.agent('alice', '10.0.0.2').register({ contact: '<sip:alice@example.com:5060;ob>' })).status).toBe(
    403,
  )
})

test('R028 a sips user has no contact in the clear', async () => {
  const bed = new TestBed()
  bed.start()
  const alice = bed.agent('alice', '10.0.0.2')
  expect((await alice.register({ to: 'sips:alice@example.com' })).status).toBe(400)
  expect((await alice.register({ to: 'sips:alice@example.com', contact: '<sips:alice@10.0.0.2>' })).status).toBe(200)
})

test('R029 Path is kept and comes back; R029b without Supported it is refused', async () => {
  const bed = new TestBed()
  const server = bed.start()
  const alice = bed.agent('alice', '10.0.0.2')
  const path = ['<sip:p1.example.net;lr>', '<sip:p2.example.net;lr>']
  const refused = await alice.register({ headers: { Path: path } })
  expect([refused.status, refused.headers.get('Unsupported')]).toEqual([420, 'path'])
  expect((await alice.register({ headers: { Path: '<nonsense', Supported: 'path' } })).status).toBe(400)
  const registered = await alice.register({ headers: { Path: path, Supported: 'path' } })
  expect(registered.headers.getAll('Path')).toEqual(path)
  expect((await server.store.lookup('sip:alice@example.com'))[0]?.path).toEqual(path)
})

test('R024 no dialog: Record-Route does not come back', async () => {
  const bed = new TestBed()
  bed.start()
  const registered = await bed
    .agent('alice', '10.0.0.2')
    .register({ headers: { 'Record-Route': '<sip:p.example.net;lr>' } })
  expect(registered.headers.has('Record-Route')).toBe(false)
})

test('R031 R031e outbound: the connection is the way back, and Require says so; R035 it ends with the connection', async () => {
  const bed = new TestBed()
  const server = bed.start()
  const alice = bed.agent('alice', '10.0.0.2', 'tcp')
  const contact = '<sip:alice@192.168.1.5:9;transport=tcp>;+sip.instance="<urn:uuid:1>";reg-id=1'
  const registered = await alice.register({ contact, headers: { Supported: 'path, outbound' } })
  expect([registered.status, registered.headers.get('Require')]).toEqual([200, 'outbound'])
  const [binding] = await server.store.lookup('sip:alice@example.com')
  expect([binding?.flowOnly, server.registrar.flows.size]).toEqual([true, 1])
  await bed.close(alice.leg)
  expect(await server.store.lookup('sip:alice@example.com')).toEqual([])
  expect(server.registrar.flows.size).toBe(0)
})

test('R031b R031c outbound through a proxy that does not know it is 439; R031d one reg-id a request', async () => {
  const bed = new TestBed()
  bed.start()
  const alice = bed.agent('alice', '10.0.0.2', 'tcp')
  const contact = '<sip:alice@192.168.1.5;transport=tcp>;+sip.instance="<urn:uuid:1>";reg-id=1'
  const headers = { Supported: 'path, outbound', Path: '<sip:edge.example.net;lr>' }
  expect((await alice.register({ contact, headers })).status).toBe(439)
  const withOb = { Supported: 'path, outbound', Path: '<sip:edge.example.net;lr;ob>' }
  expect((await alice.register({ contact, headers: withOb })).status).toBe(200)
  const two = `${contact}, <sip:alice@192.168.1.6>;+sip.instance="<urn:uuid:1>";reg-id=2`
  expect((await alice.register({ contact: two, headers: withOb })).status).toBe(400)
})

test('R031f without Supported: outbound the reg-id says nothing', async () => {
  const bed = new TestBed()
  const server = bed.start()
  const alice = bed.agent('alice', '10.0.0.2', 'tcp')
  const contact = `<${alice.contact}>;+sip.instance="<urn:uuid:1>";reg-id=1`
  expect((await alice.register({ contact })).headers.has('Require')).toBe(false)
  const [binding] = await server.store.lookup(alice.aor)
  expect([binding?.regId, binding?.flowOnly, binding?.flow]).toEqual([undefined, undefined, expect.any(String)])
})

test('R008 a user in the Request-URI does not matter; R019 nor does a retransmission', async () => {
  const bed = new TestBed()
  const server = bed.start()
  const alice = bed.agent('alice', '10.0.0.2')
  expect((await alice.register({ uri: 'sip:whoever@example.com' })).status).toBe(200)
  const text = `REGISTER sip:example.com SIP/2.0
Via: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKtwice
From: <sip:alice@example.com>;tag=a
To: <sip:alice@example.com>
Call-ID: twice
CSeq: 1 REGISTER
Contact: <sip:twice@10.0.0.2>
Content-Length: 0

`
  for (let i = 0; i < 3; i++) alice.sendRaw(text)
  await bed.run(50)
  expect(server.registrar.stats()).toMatchObject({ accepted: 2, refused: 0 })
})

test('R030 Service-Route is in every 200, queries included', async () => {
  const bed = new TestBed()
  const { dispatcher, clock } = bed
  const serviceRoute = ['<sip:home.example.com;lr>', '<sip:more.example.com;lr>']
  const registrar = new Registrar({
    dispatcher,
    store: new MemoryLocationStore({ clock }),
    domains: ['example.com'],
    serviceRoute,
  })
  dispatcher.setReceiver(new Chain(dispatcher, [registrar]))
  const alice = bed.agent('alice', '10.0.0.2')
  expect((await alice.register()).headers.getAll('Service-Route')).toEqual(serviceRoute)
  expect((await alice.register({ contact: null })).headers.getAll('Service-Route')).toEqual(serviceRoute)
  registrar.close()
})

test('R035 a contact that can be reached without its connection survives the connection', async () => {
  const bed = new TestBed()
  const server = bed.start()
  const alice = bed.agent('alice', '10.0.0.2', 'tcp')
  await alice.register()
  expect((await server.store.lookup('sip:alice@example.com'))[0]?.flow).toBeDefined()
  await bed.close(alice.leg)
  const [binding] = await server.store.lookup('sip:alice@example.com')
  expect([binding?.contact.uri.toString(), binding?.flow]).toEqual([
    expect.stringContaining('sip:alice@10.0.0.2'),
    undefined,
  ])
})

test('R020 a store that fails makes it 500, and the call to its user too', async () => {
  const bed = new TestBed()
  const server = bed.start({
    store: {
      lookup: () => Promise.reject(new Error('down')),
      update: () => Promise.reject(new Error('down')),
      onChange: () => () => undefined,
    },
  })
  const alice = bed.agent('alice', '10.0.0.2')
  expect((await alice.register()).status).toBe(500)
  expect((await alice.register({ contact: null })).status).toBe(500)
  expect(server.registrar.stats()).toEqual({ accepted: 0, refused: 2, storeErrors: 2 })
  const call = alice.request('INVITE', 'sip:bob@example.com')
  await bed.run(50)
  expect([call.final.status, server.proxy.contexts]).toEqual([500, 0])
  expect(await bed.settle()).toEqual(clean)
})

test('R138c a flood of registrations is bounded and answered 503 with Retry-After', async () => {
  const bed = new TestBed()
  const store = new MemoryLocationStore({ clock: bed.clock, maxBindings: 20 })
  const server = bed.start({ store })
  const flooder = bed.agent('f', '10.0.0.9')
  const exchanges = Array.from({ length: 500 }, (_, i) =>
    flooder.request('REGISTER', 'sip:example.com', { to: `sip:u${i}@example.com`, contact: `<sip:u${i}@10.0.0.9>` }),
  )
  await bed.run(100)
  expect(store.size).toBe(20)
  expect(exchanges.filter(({ final }) => final.status === 503)).toHaveLength(480)
  expect(exchanges.at(-1)?.final.headers.get('Retry-After')).toBe('30')
  expect(server.registrar.stats()).toMatchObject({ accepted: 20, refused: 480 })
  store.close()
  expect(await bed.settle()).toEqual(clean)
})
