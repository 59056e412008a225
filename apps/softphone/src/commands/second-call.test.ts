import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { anyPort, placeOf, type Running, scratchFolder, softphone, stop } from '../testing.ts'

interface Party {
  readonly phone: Running
  readonly uri: string
}

/** Somebody who answers. */
async function party(name: string, ...options: string[]): Promise<Party> {
  const phone = softphone('answer', ...anyPort, ...options)
  return { phone, uri: `sip:${name}@${await placeOf(phone)}` }
}

/** Alice in a call, with --commands. */
async function aliceWith({ uri }: Party, ...options: string[]): Promise<Running> {
  const alice = softphone('call', uri, ...anyPort, '--commands', ...options)
  await alice.io.event('answered')
  return alice
}

describe('a second call, typed', () => {
  test('puts the first one on hold, and atransfer connects the two: we are out of both', async () => {
    const heard = join(scratchFolder(), 'heard.wav')
    const bob = await party('bob', '--accept-transfers', '--max-calls', '1')
    const carol = await party('carol', '--max-calls', '1', '--ring', '0.01')
    const alice = await aliceWith(bob, '--record', heard)
    alice.io.type(`dial ${carol.uri}`)
    expect(await bob.phone.io.event('hold')).toMatchObject({ remote: true })
    expect(await carol.phone.io.event('answered')).toBeDefined()
    await alice.io.event('answered', ({ callId }) => callId !== alice.io.events[1]?.callId)
    alice.io.type('calls')
    expect(await alice.io.said('> 2')).toBe(`  1 ${bob.uri}, on hold\n> 2 ${carol.uri}, in call`)
    alice.io.type('atransfer')
    expect(await alice.code, alice.io.stderr.join('\n')).toBe(0)
    expect(alice.io.stderr).toContain(`transferred: ${bob.uri} talks to ${carol.uri}`)
    expect(alice.io.stderr.join('\n')).not.toContain('now line')
    expect(alice.io.events.filter(({ event }) => event === 'ended')).toHaveLength(2)
    expect(existsSync(heard.replace('.wav', '-dialled.wav'))).toBe(true)
    // For Carol it is no second call: Bob's took the place of the one she had.
    const hers = await carol.phone.io.event('incoming')
    const next = await carol.phone.io.event('incoming', ({ replaces }) => replaces === hers.callId)
    await bob.phone.io.event('answered', ({ callId }) => callId === next.callId)
    expect(await stop(bob.phone)).toBe(0)
    expect(await carol.phone.code).toBe(0)
  })

  test('goes on when the first one is over, and is steered by what is typed', async () => {
    const bob = await party('bob', '--duration', '0.4')
    const carol = await party('carol')
    const alice = await aliceWith(bob)
    alice.io.type(`dial ${carol.uri}`)
    await carol.phone.io.event('answered')
    await alice.io.event('ended')
    alice.io.type('hold')
    expect(await carol.phone.io.event('hold')).toMatchObject({ remote: true })
    alice.io.type('hangup')
    expect(await alice.code, alice.io.stderr.join('\n')).toBe(0)
    for (const { phone } of [bob, carol]) expect(await stop(phone)).toBe(0)
  })

  test('that is refused leaves the first one, on hold, to be taken back', async () => {
    const bob = await party('bob')
    const carol = await party('carol', '--code', '486')
    const alice = await aliceWith(bob)
    alice.io.type(`dial ${carol.uri}`)
    expect(await alice.io.event('error')).toMatchObject({ status: 486 })
    expect(alice.io.stderr).toContain(`the call to ${carol.uri} failed: busy (486 Busy Here)`)
    expect(await alice.io.said('now line')).toBe(`now line 1 ${bob.uri}, on hold`)
    alice.io.type('resume')
    await bob.phone.io.event('hold', ({ remote }) => remote === false)
    alice.io.type('hangup')
    expect(await alice.code).toBe(0)
    for (const { phone } of [bob, carol]) expect(await stop(phone)).toBe(0)
  })

  test('to what is no address is said, and the first one is taken back', async () => {
    const bob = await party('bob')
    const alice = await aliceWith(bob)
    alice.io.type('dial no address')
    expect(await alice.io.event('error')).toMatchObject({ code: 'ERR_SIP_ARGUMENT' })
    await bob.phone.io.event('hold', ({ remote }) => remote === false)
    alice.io.type('dial carol')
    expect(await alice.io.said('in which domain')).toBe(
      'dial carol failed: in which domain? Say sip:carol@HOST, or --aor',
    )
    expect(await stop(alice)).toBe(0)
    expect(await stop(bob.phone)).toBe(0)
  })

  test('that is handed over to by who takes no transfers is refused, and both go on', async () => {
    const bob = await party('bob')
    const carol = await party('carol')
    const alice = await aliceWith(bob)
    alice.io.type(`dial ${carol.uri}`)
    await carol.phone.io.event('answered')
    alice.io.type('atransfer')
    expect(await alice.io.event('error')).toMatchObject({ status: 603 })
    expect(alice.io.stderr).toContain('atransfer failed: 603 Decline')
    alice.io.type('line 1')
    expect(await alice.io.said('line 1')).toBe(`line 1 ${bob.uri}, on hold`)
    expect(await stop(alice)).toBe(0)
    expect(await bob.phone.io.event('ended')).toMatchObject({ by: 'remote' })
    expect(await carol.phone.io.event('ended')).toMatchObject({ by: 'remote' })
    for (const { phone } of [bob, carol]) expect(await stop(phone)).toBe(0)
  })

  test('of three, the one to be handed over is named', async () => {
    const bob = await party('bob', '--accept-transfers')
    const carol = await party('carol')
    const dave = await party('dave')
    const alice = await aliceWith(bob)
    for (const { uri, phone } of [carol, dave]) {
      alice.io.type(`dial ${uri}`)
      await phone.io.event('answered')
    }
    alice.io.type('atransfer')
    expect(await alice.io.said('Name the line')).toBe(
      `atransfer: whom to hand over to ${dave.uri}? Name the line: 2 ${carol.uri}, on hold; 1 ${bob.uri}, on hold`,
    )
    alice.io.type('atransfer 3')
    alice.io.type('line 4')
    expect(await alice.io.said('no line 4')).toContain(`there are 1 ${bob.uri}, on hold; 2`)
    alice.io.type('atransfer 1')
    await bob.phone.io.event('answered', ({ callId }) => callId !== bob.phone.io.events[1]?.callId)
    expect(await alice.io.said('now line')).toBe(`now line 2 ${carol.uri}, on hold`)
    expect(await stop(alice)).toBe(0)
    for (const { phone } of [bob, carol, dave]) expect(await stop(phone)).toBe(0)
  })

  test('is what atransfer asks for when there is none, or when nobody has answered it', async () => {
    const bob = await party('bob')
    const carol = await party('carol', '--ring', '60')
    const alice = await aliceWith(bob)
    alice.io.type('atransfer')
    expect(await alice.io.said('atransfer needs')).toBe(
      'atransfer needs two calls that are answered: dial URI makes the second one',
    )
    alice.io.type(`dial ${carol.uri}`)
    await alice.io.event('ringing')
    alice.io.type('atransfer')
    expect(await alice.io.said('are answered; line')).toContain(`line 2 ${carol.uri}, ringing`)
    expect(await stop(alice)).toBe(0)
    expect(await carol.phone.io.event('ended')).toMatchObject({ by: 'remote', status: 487 })
    for (const { phone } of [bob, carol]) expect(await stop(phone)).toBe(0)
  })
})

test('who answers calls others as well', async () => {
  const carol = await party('carol')
  const bob = await party('bob', '--commands')
  bob.phone.io.type('calls')
  expect(await bob.phone.io.said('no calls')).toBe('no calls')
  bob.phone.io.type(`dial ${carol.uri}`)
  await carol.phone.io.event('answered')
  expect(await stop(bob.phone)).toBe(0)
  expect(bob.phone.io.events.at(-1)).toMatchObject({ event: 'ended', by: 'local' })
  expect(await stop(carol.phone)).toBe(0)
})

test('who calls is handed over as well: the new call takes the place of theirs, and is followed to its end', async () => {
  const heard = join(scratchFolder(), 'heard.wav')
  const carol = await party('carol', '--accept-transfers')
  const bob = await party('bob', '--commands', '--max-calls', '1')
  const alice = softphone('call', bob.uri, ...anyPort, '--record', heard)
  const first = await alice.io.event('answered')
  const stranger = softphone('call', `sip:alice@${await placeOf(alice)}`, ...anyPort)
  expect(await stranger.code).toBe(1)
  expect(await stranger.io.event('error')).toMatchObject({ status: 480 })
  bob.phone.io.type(`dial ${carol.uri}`)
  await carol.phone.io.event('answered')
  await bob.phone.io.event('answered', ({ callId }) => callId !== first.callId)
  bob.phone.io.type('line 1')
  bob.phone.io.type('atransfer')
  const next = await alice.io.event('incoming')
  expect(next).toMatchObject({ from: 'sip:netsip@127.0.0.1', replaces: first.callId })
  expect(await bob.phone.code, bob.phone.io.stderr.join('\n')).toBe(0)
  await alice.io.event('ended', ({ callId }) => callId === first.callId)
  expect(await stop(carol.phone)).toBe(0)
  expect(await alice.code, alice.io.stderr.join('\n')).toBe(0)
  expect(await alice.io.event('ended', ({ callId }) => callId === next.callId)).toMatchObject({ by: 'remote' })
  expect(existsSync(heard.replace('.wav', '-taken-over.wav'))).toBe(true)
})
