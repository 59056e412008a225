import { authorize, digestHa1 } from '@netsip/auth'
import { WwwAuthenticate } from '@netsip/message'
import { expect, test } from 'vitest'
import type { ServerOptions } from '../create-server.ts'
import { TestBed } from '../testing/test-bed.ts'
import type { Account } from './accounts.ts'

const alice = ['alice', 'example.com', 'secret'] as const
const md5 = { ha1: digestHa1('MD5', ...alice), algorithm: 'MD5' } as const
const sha256 = { ha1: digestHa1('SHA-256', ...alice), algorithm: 'SHA-256' } as const

/** What Alice is asked for, and what comes of her password. */
async function registerAt(account: Account, options: Partial<ServerOptions> = {}): Promise<[string[], number]> {
  const bed = new TestBed()
  bed.start({ accounts: { alice: account }, ...options })
  const agent = bed.agent('alice', '10.0.0.2')
  const challenge = await agent.register({ callId: 'x' })
  const again = agent.make('REGISTER', 'sip:example.com', { to: agent.aor, callId: 'x', seq: 2 })
  await authorize(again, challenge, ['alice', 'secret'])
  const exchange = agent.send(again)
  await bed.run(50)
  return [challenge.read(WwwAuthenticate).map(({ algorithm }) => String(algorithm)), exchange.final.status]
}

test('R034 digests prove a user as the password does, and only what they are made with is offered', async () => {
  expect(await registerAt('secret')).toEqual([['SHA-256', 'MD5'], 200])
  expect(await registerAt({ password: 'secret' })).toEqual([['SHA-256', 'MD5'], 200])
  expect(await registerAt([md5, sha256])).toEqual([['SHA-256', 'MD5'], 200])
  expect(await registerAt([md5, sha256], { algorithms: ['MD5'] })).toEqual([['MD5'], 200])
  expect(await registerAt(sha256)).toEqual([['SHA-256'], 200])
  expect(await registerAt(md5)).toEqual([['MD5'], 200])
  expect(await registerAt({ ...md5, ha1: md5.ha1.toUpperCase() })).toEqual([['MD5'], 200])
  expect(await registerAt({ ...md5, ha1: digestHa1('MD5', 'alice', 'example.com', 'another') })).toEqual([['MD5'], 401])
})

test('R034 the message of an account that nobody could prove names the user, and no secret', () => {
  const accounts = { alice: md5, bob: { ha1: md5.ha1, algorithm: 'SHA-256' } as const }
  expect(() => new TestBed().start({ accounts })).toThrow(/for 'bob'$/)
  expect(() => new TestBed().start({ accounts: { alice: md5 }, algorithms: ['SHA-256'] })).toThrow(/digest of SHA-256/)
})
