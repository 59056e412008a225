import { authorize } from '@netsip/auth'
import { ProxyAuthorization, type SipRequest } from '@netsip/message'
import { expect, test } from 'vitest'
import { authenticatedUser } from '../index.ts'
import { TestAgent, TestBed } from '../testing/test-bed.ts'

const clean = { contexts: 0, transactions: 0, timers: 0 }
const accounts = { alice: 'secret', bob: 'hidden' }

function start(): { bed: TestBed; alice: TestAgent; echo: TestAgent } {
  const bed = new TestBed()
  bed.start({ accounts, lines: { echo: 'sip:echo@10.0.0.6:5060' } })
  return { bed, alice: bed.agent('alice', '10.0.0.2'), echo: bed.agent('echo', '10.0.0.6') }
}

const echoAor = 'sip:echo@example.com'

/** Sends, answers the challenge with these credentials, and gives both final statuses. */
async function attempt(
  { bed, alice }: { bed: TestBed; alice: TestAgent },
  credentials: readonly [string, string],
  change: (request: SipRequest) => void = () => undefined,
  callee = echoAor,
): Promise<number[]> {
  const first = alice.request('INVITE', callee, { callId: 'x' })
  await bed.run(50)
  const again = alice.make('INVITE', callee, { callId: 'x', seq: 2 })
  await authorize(again, first.final, credentials)
  change(again)
  const second = alice.send(again)
  await bed.run(50)
  return [first.final.status, second.final.status]
}

test('R051 a call of an own user is asked with 407 and passes with the right password', async () => {
  const all = start()
  expect(await attempt(all, ['alice', 'secret'])).toEqual([407, 200])
  const [invite] = all.echo.requests
  expect(invite?.headers.has('Proxy-Authorization')).toBe(false)
  expect(await all.bed.settle()).toEqual(clean)
})

test('R051 credentials for others stay', async () => {
  const all = start()
  const other = 'Digest username="alice", realm="elsewhere", nonce="n", uri="sip:x", response="0123"'
  const statuses = await attempt(all, ['alice', 'secret'], (request) =>
    request.headers.append('Proxy-Authorization', other),
  )
  expect(statuses).toEqual([407, 200])
  expect(all.echo.requests[0]?.read(ProxyAuthorization).map(({ realm }) => realm)).toEqual(['elsewhere'])
})

test('R051 a wrong password is asked again, and nothing is forwarded', async () => {
  const all = start()
  expect(await attempt(all, ['alice', 'wrong'])).toEqual([407, 407])
  expect(all.echo.requests).toEqual([])
})

test('R051 nobody calls in the name of another', async () => {
  const all = start()
  expect(await attempt(all, ['bob', 'hidden'])).toEqual([407, 403])
  expect(all.echo.requests).toEqual([])
})

test('R051 ACK and CANCEL are never asked, nor what belongs to a dialog through this proxy', async () => {
  const all = start()
  const { bed, alice, echo } = all
  const first = alice.request('INVITE', echoAor, { callId: 'y' })
  await bed.run(50)
  const again = alice.make('INVITE', echoAor, { callId: 'y', seq: 2 })
  await authorize(again, first.final, ['alice', 'secret'])
  const call = alice.send(again)
  await bed.run(50)
  alice.ack(call)
  const reinvite = alice.send(alice.inDialog('INVITE', call, 3), null)
  await bed.run(50)
  expect(reinvite.statuses).toEqual([200])
  const forged = alice.make('INVITE', echoAor, { to: `<${echoAor}>;tag=made-up`, callId: 'z' })
  const refused = alice.send(forged)
  await bed.run(50)
  expect(refused.statuses).toEqual([407])
  expect(echo.methods).toEqual(['INVITE', 'ACK', 'INVITE'])
})

test('R061 strangers reach own users unasked, and nobody else', async () => {
  const { bed, alice, echo } = start()
  const from = 'sip:stranger@elsewhere.example'
  const call = alice.request('MESSAGE', echoAor, { from })
  const relay = alice.request('MESSAGE', 'sip:victim@10.0.0.7:5060', { from })
  await bed.run(50)
  expect([call.final.status, relay.final.status, echo.methods]).toEqual([200, 403, ['MESSAGE']])
})

test('R061 who has proved who they are may call other domains, when the policy asks for that', async () => {
  const bed = new TestBed()
  const asked: (string | undefined)[] = []
  const relay = (request: SipRequest): boolean => {
    asked.push(authenticatedUser(request))
    return authenticatedUser(request) !== undefined
  }
  bed.start({ accounts, relay })
  const alice = bed.agent('alice', '10.0.0.2')
  const friend = bed.agent('friend', '10.0.0.7')
  expect(await attempt({ bed, alice }, ['alice', 'secret'], undefined, 'sip:friend@10.0.0.7:5060')).toEqual([407, 200])
  const stranger = alice.request('MESSAGE', 'sip:friend@10.0.0.7:5060', { from: 'sip:stranger@elsewhere.example' })
  await bed.run(50)
  expect([stranger.statuses, friend.methods, asked]).toEqual([[403], ['INVITE'], ['alice', undefined]])
})

test('R007 R051 users of a domain with a port register and call, though From and To cannot name one (19.1.1)', async () => {
  const bed = new TestBed()
  bed.start({ accounts, domains: ['10.0.0.1:5090'] })
  const alice = bed.agent('alice', '10.0.0.2')
  const bob = bed.agent('bob', '10.0.0.3')
  const at = { uri: 'sip:10.0.0.1:5090', to: 'sip:bob@10.0.0.1', from: 'sip:bob@10.0.0.1', callId: 'r' }
  const again = bob.make('REGISTER', at.uri, { ...at, seq: 2 })
  await authorize(again, await bob.register(at), ['bob', 'hidden'])
  const registered = bob.send(again)
  await bed.run(50)
  expect(registered.statuses).toEqual([200])
  const call = alice.request('INVITE', 'sip:bob@10.0.0.1:5090', { to: at.to, from: 'sip:alice@10.0.0.1', callId: 'c' })
  await bed.run(50)
  expect(call.final.status).toBe(407)
  const authorized = alice.make('INVITE', 'sip:bob@10.0.0.1:5090', {
    to: at.to,
    from: 'sip:alice@10.0.0.1',
    callId: 'c',
    seq: 2,
  })
  await authorize(authorized, call.final, ['alice', 'secret'])
  const answered = alice.send(authorized)
  await bed.run(50)
  expect(answered.final.status).toBe(200)
  expect(await bed.settle()).toEqual(clean)
})
