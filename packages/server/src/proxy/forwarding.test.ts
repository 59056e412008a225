import { expect, test } from 'vitest'
import type { ServerOptions } from '../create-server.ts'
import { type TestAgent, TestBed } from '../testing/test-bed.ts'
import { answering, clean, ringing } from '../testing/test-pair.ts'
import type { ForwardingOptions } from './forwarding.ts'

const BOB = 'sip:bob@example.com'
const CAROL = 'sip:carol@example.com'

interface Stage {
  bed: TestBed
  alice: TestAgent
  bob: TestAgent
  carol: TestAgent
  /** Whom it was asked for, and why. */
  asked: string[]
}

/** A server that forwards as `to` says, and three users of it. */
function stage(
  to: ForwardingOptions['to'],
  more: Partial<ForwardingOptions> = {},
  server?: Partial<ServerOptions>,
): Stage {
  const bed = new TestBed()
  const asked: string[] = []
  const logged: ForwardingOptions['to'] = (aor, status, request) => {
    asked.push(`${aor} ${status}`)
    return to(aor, status, request)
  }
  bed.start({ forwarding: { to: logged, ...more }, ...server })
  const [alice, bob, carol] = ['alice', 'bob', 'carol'].map((user, i) => bed.agent(user, `10.0.0.${2 + i}`))
  return { bed, alice: alice!, bob: bob!, carol: carol!, asked }
}

/** Forwards each of these to another. */
const by =
  (table: Record<string, string>): ForwardingOptions['to'] =>
  (aor, status) =>
    table[`${aor} ${status}`] ?? table[aor]

test('R141 a busy user forwards, and no other failure does where only 486 is named', async () => {
  const { bed, alice, bob, carol, asked } = stage(by({ [`${BOB} 486`]: CAROL }))
  await bob.register()
  await carol.register()
  answering(bob, 486)
  const busy = alice.request('INVITE', BOB)
  await bed.run(50)
  expect([busy.statuses.at(-1), busy.final.contact?.uri.toString()]).toEqual([200, carol.contact])
  expect(carol.requests[0]?.to.uri.toString()).toBe(BOB)
  answering(bob, 480)
  const away = alice.request('INVITE', BOB)
  await bed.run(50)
  expect([away.final.status, asked]).toEqual([480, [`${BOB} 486`, `${BOB} 480`]])
  expect(await bed.settle()).toEqual(clean)
})

test('R141 who is not registered, or no user at all, forwards by 480 and 404', async () => {
  const server = { accounts: { bob: 'secret' }, lines: { mail: 'sip:mail@10.0.0.4' } }
  const { bed, alice, carol: mail, asked } = stage(async () => Promise.resolve('sip:mail@example.com'), {}, server)
  const from = 'sip:alice@elsewhere.example'
  for (const user of [BOB, 'sip:nobody@example.com']) {
    const call = alice.request('INVITE', user, { from })
    await bed.run(50)
    expect(call.final.status).toBe(200)
  }
  expect(asked).toEqual([`${BOB} 480`, 'sip:nobody@example.com 404'])
  expect(mail.requests[0]?.uri.toString()).toBe('sip:mail@10.0.0.4')
  expect(await bed.settle()).toEqual(clean)
})

test('R141 what rings too long goes on, and is cancelled first', async () => {
  const { bed, alice, bob, carol, asked } = stage(by({ [BOB]: CAROL }), { noAnswer: 20_000 })
  await bob.register()
  await carol.register()
  ringing(bob)
  const call = alice.request('INVITE', BOB)
  await bed.run(19_900)
  expect(bob.methods).toEqual(['INVITE'])
  await bed.run(200)
  expect([bob.methods, carol.methods, asked]).toEqual([['INVITE', 'CANCEL'], ['INVITE'], [`${BOB} 408`]])
  expect(call.final.contact?.uri.toString()).toBe(carol.contact)
  expect(await bed.settle()).toEqual(clean)
})

test('R141 what rings too long rings on where nobody else is named, and may be busy later', async () => {
  const { bed, alice, bob, carol, asked } = stage(by({ [`${BOB} 486`]: CAROL }), { noAnswer: 20_000 })
  await bob.register()
  await carol.register()
  answering(bob, 180)
  const call = alice.request('INVITE', BOB)
  await bed.run(60_000)
  expect([call.statuses, bob.methods]).toEqual([[180], ['INVITE']])
  bob.answer(bob.requests[0]!, 486)
  await bed.run(50)
  expect([call.final.status, asked]).toEqual([200, [`${BOB} 408`, `${BOB} 486`]])
  expect(await bed.settle()).toEqual(clean)
})

test('R141 R063c without an answer the contacts of a lower q come first', async () => {
  const { bed, alice, bob, carol } = stage(by({ [BOB]: CAROL }), { noAnswer: 10_000 })
  const mobile = bed.agent('bob', '10.0.0.9')
  await bob.register()
  await mobile.register({ contact: `<${mobile.contact}>;q=0.5` })
  await carol.register()
  ringing(bob)
  ringing(mobile)
  const call = alice.request('INVITE', BOB)
  await bed.run(10_100)
  expect([bob.methods, mobile.methods, carol.methods]).toEqual([['INVITE', 'CANCEL'], ['INVITE'], []])
  await bed.run(10_000)
  expect([mobile.methods, call.final.status]).toEqual([['INVITE', 'CANCEL'], 200])
  expect(await bed.settle()).toEqual(clean)
})

test('R141 a chain goes on until somebody answers, and nobody gets a call twice', async () => {
  const dave = 'sip:dave@example.com'
  const { bed, alice, bob, carol, asked } = stage(by({ [BOB]: CAROL, [CAROL]: dave, [dave]: BOB }))
  await bob.register()
  await carol.register()
  answering(bob, 486)
  answering(carol, 480)
  const call = alice.request('INVITE', BOB)
  await bed.run(50)
  expect(asked).toEqual([`${BOB} 486`, `${CAROL} 480`, `${dave} 480`])
  expect([call.final.status, bob.methods.length, carol.methods.length]).toEqual([486, 1, 1])
  expect(await bed.settle()).toEqual(clean)
})

test('R141 names without end come to one', async () => {
  let user = 0
  const { bed, alice, asked } = stage(() => `sip:${user++}@example.com`)
  const call = alice.request('INVITE', BOB)
  await bed.run(50)
  expect([call.final.status, asked.length]).toEqual([480, 15])
  expect(await bed.settle()).toEqual(clean)
})

test('R141 R061 an address elsewhere is called though nothing is relayed, and others decide there', async () => {
  const { bed, alice, bob, asked } = stage(by({ [BOB]: 'sip:500@10.0.0.9' }))
  const gateway = bed.agent('gateway', '10.0.0.9')
  await bob.register()
  answering(bob, 486)
  answering(gateway, 486)
  const call = alice.request('INVITE', BOB)
  await bed.run(50)
  expect(gateway.requests[0]?.uri.toString()).toBe('sip:500@10.0.0.9')
  expect([call.final.status, asked]).toEqual([486, [`${BOB} 486`]])
  expect(await bed.settle()).toEqual(clean)
})

test('R141 a call to a sips address goes on to nobody who is reached in the clear', async () => {
  const { bed, alice, carol, asked } = stage(by({ [BOB]: CAROL }))
  await carol.register()
  const invite = alice.make('INVITE', 'sips:bob@example.com')
  invite.headers.set('Via', 'SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK1')
  alice.sendRaw(invite.toString())
  await bed.run(50)
  expect([asked, carol.methods]).toEqual([[`${BOB} 480`, `${CAROL} 480`], []])
  expect(await bed.settle()).toEqual(clean)
})

test('R141 R087c nothing is forwarded after a 6xx, after a CANCEL, of other methods or inside a dialog', async () => {
  const { bed, alice, bob, carol, asked } = stage(() => CAROL)
  await carol.register()
  alice.request('MESSAGE', BOB)
  alice.request('INVITE', BOB, { to: `<${BOB}>;tag=t` })
  await bob.register()
  answering(bob, 603)
  const declined = alice.request('INVITE', BOB)
  await bed.run(50)
  ringing(bob)
  const call = alice.request('INVITE', BOB)
  await bed.run(50)
  alice.dispatcher.deliver(call.request.createCancel(), { hop: 'sip:10.0.0.1', onResponse: () => undefined })
  await bed.run(50)
  expect([declined.final.status, call.final.status, asked, carol.methods]).toEqual([603, 487, [], []])
  expect(await bed.settle()).toEqual(clean)
})

test('R141 a CANCEL, or the end of the server, while it is asked where the call goes', async () => {
  const { bed, alice, carol } = stage(() => new Promise(() => undefined))
  await carol.register()
  const call = alice.request('INVITE', BOB)
  await bed.run(50)
  expect(call.statuses.filter((status) => status >= 200)).toEqual([])
  alice.dispatcher.deliver(call.request.createCancel(), { hop: 'sip:10.0.0.1', onResponse: () => undefined })
  await bed.run(50)
  expect([call.final.status, bed.server?.proxy.contexts]).toEqual([480, 0])
  alice.request('INVITE', BOB)
  await bed.run(50)
  bed.server?.close()
  expect(await bed.settle()).toMatchObject({ contexts: 0, timers: 0 })
})

test.each([
  [
    'throws',
    () => {
      throw new Error('no table')
    },
  ],
  ['rejects', () => Promise.reject(new Error('no table'))],
  ['names no URI', () => 'carol'],
])('R141 a policy that %s is reported, and the call ends as it would', async (_, to) => {
  const errors: unknown[] = []
  const { bed, alice } = stage(to, { onError: (error) => errors.push(error) })
  const call = alice.request('INVITE', BOB)
  await bed.run(50)
  expect([call.final.status, errors.length]).toEqual([480, 1])
  expect(await bed.settle()).toEqual(clean)
})

function refuse(): never {
  throw new Error('not mine')
}

test('R141 an onError that throws ends nothing but its own report', async () => {
  const { bed, alice } = stage(refuse, { onError: refuse })
  const call = alice.request('INVITE', BOB)
  await bed.run(50)
  expect(call.final.status).toBe(480)
  expect(await bed.settle()).toEqual(clean)
})

test('R141 R098 where a call goes may be named after the server was closed', async () => {
  const names: ((uri: string) => void)[] = []
  const { bed, alice, carol } = stage(() => new Promise((resolve) => names.push(resolve)))
  await carol.register()
  alice.request('INVITE', BOB)
  await bed.run(50)
  await bed.dispatcher.close()
  for (const name of names) name(CAROL)
  await bed.run(50)
  expect([names.length, carol.methods]).toEqual([1, []])
})

test('R141 R098 a call that was answered just as it went on is the first one’s', async () => {
  const { bed, alice, bob, carol } = stage(by({ [BOB]: CAROL }), { noAnswer: 20_000 })
  await bob.register()
  await carol.register()
  answering(bob, 180)
  const call = alice.request('INVITE', BOB)
  await bed.run(20_000)
  bob.answer(bob.requests[0]!, 200)
  await bed.run(50)
  expect([call.final.contact?.uri.toString(), carol.methods]).toEqual([bob.contact, []])
  expect(await bed.settle()).toEqual(clean)
})
