import { DigestVerifier } from '@netsip/auth'
import { describe, expect, test } from 'vitest'
import { pair, Party, World } from './testing/pair.ts'

/** A ladder as RFC 3665 draws it: one message a line. */
function ladder(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

const SDP = 'v=0\r\n'

async function registering(): Promise<{
  world: World
  alice: Party
  args: Parameters<Party['endpoint']['register']>[0]
}> {
  const world = new World()
  const alice = new Party(world, 'alice')
  const { clock, random } = world
  const verifier = new DigestVerifier({
    realm: 'atlanta.example.com',
    lookup: () => ({ password: 'zanzibar' }),
    clock,
    random,
  })
  const bindings = new Set<string>()
  const server = new Party(world, 'proxy').serve(async (ctx, request) => {
    const verdict = await verifier.verify(request, 'www')
    if (!verdict.ok) return server.endpoint.newResponse(ctx, verdict.response)
    const contact = request.contacts === '*' ? '*' : String(request.contact)
    if (request.expires === 0) bindings.clear()
    else bindings.add(`${contact};expires=${request.expires}`)
    server.endpoint.newResponse(ctx, request.createResponse(200, { headers: { Contact: [...bindings] } }))
  })
  const args = {
    registrar: '10.0.0.9',
    from: 'sip:bob@biloxi.example.com',
    contact: 'sip:bob@10.0.0.1',
    auth: ['bob', 'zanzibar'] as const,
  }
  return { world, alice, args }
}

describe('RFC 3665 registration', () => {
  test('2.1 successful new registration, 2.2 update, 2.4 cancellation', async () => {
    const { world, alice, args } = await registering()
    const first = alice.endpoint.register(args)
    await world.pass(50)
    expect((await first.outcome).response.headers.getAll('Contact')).toEqual(['<sip:bob@10.0.0.1>;expires=900'])
    alice.endpoint.register({ ...args, contact: 'mailto:bob@biloxi.example.com' })
    await world.pass(50)
    const cancelled = alice.endpoint.register({ ...args, contact: '*', expires: 0 })
    await world.pass(50)
    expect((await cancelled.outcome).response.headers.getAll('Contact')).toEqual([])
    expect(world.flow()).toEqual(
      ladder(`
        alice > proxy REGISTER
        proxy > alice 401 REGISTER
        alice > proxy REGISTER
        proxy > alice 200 REGISTER
        alice > proxy REGISTER
        proxy > alice 200 REGISTER
        alice > proxy REGISTER
        proxy > alice 200 REGISTER`),
    )
  })

  test('2.5 unsuccessful registration', async () => {
    const { world, alice, args } = await registering()
    const ctx = alice.endpoint.register({ ...args, auth: ['bob', 'wrong'] })
    const outcome = ctx.outcome.catch((error: unknown) => error)
    await world.pass(50)
    expect(await outcome).toMatchObject({ code: 'ERR_SIP_AUTH', status: 401 })
    expect(world.flow()).toEqual(
      ladder(`
        alice > proxy REGISTER
        proxy > alice 401 REGISTER
        alice > proxy REGISTER
        proxy > alice 401 REGISTER`),
    )
  })
})

describe('RFC 3665 session establishment', () => {
  test('3.1 successful: the callee hangs up', async () => {
    const { world, alice, bob } = pair()
    bob.answers(SDP)
    alice.endpoint.invite(alice.to(bob), undefined, SDP)
    await world.pass(100)
    bob.endpoint.newRequest('BYE', bob.last('INVITE').ctx)
    await world.pass(100)
    expect(world.flow()).toEqual(
      ladder(`
        alice > bob INVITE
        bob > alice 180 INVITE
        bob > alice 200 INVITE
        alice > bob ACK
        bob > alice BYE
        alice > bob 200 BYE`),
    )
  })

  test('3.7 session with re-INVITE: the address of the peer changes', async () => {
    const { world, alice, bob } = pair()
    bob.answers(SDP)
    alice.answers(SDP)
    const ctx = alice.endpoint.invite(alice.to(bob), undefined, SDP)
    await world.pass(100)
    bob.endpoint.invite(bob.last('INVITE').ctx, undefined, SDP, { Contact: '<sip:bob@10.0.0.2;new>' })
    await world.pass(100)
    alice.endpoint.newRequest('BYE', ctx)
    await world.pass(100)
    expect(world.requests('BYE')[0]?.uri.toString()).toBe('sip:bob@10.0.0.2;new')
    expect(world.flow().slice(4)).toEqual(
      ladder(`
        bob > alice INVITE
        alice > bob 200 INVITE
        bob > alice ACK
        alice > bob BYE
        bob > alice 200 BYE`),
    )
  })

  test('3.8 no answer: the caller gives up', async () => {
    const { world, alice, bob } = pair()
    bob.serve((ctx, request) => request.method === 'INVITE' && bob.respond(ctx, request, 180))
    const ctx = alice.endpoint.invite(alice.to(bob), undefined, SDP)
    await world.pass(20_000)
    alice.endpoint.cancelInvite(ctx)
    await world.pass(100)
    expect(world.flow()).toEqual(
      ladder(`
        alice > bob INVITE
        bob > alice 180 INVITE
        alice > bob CANCEL
        bob > alice 200 CANCEL
        bob > alice 487 INVITE
        alice > bob ACK`),
    )
  })

  test.each([
    ['3.9 busy', 486],
    ['3.11 temporarily unavailable', 480],
  ])('%s', async (_name, status) => {
    const { world, alice, bob } = pair()
    bob.serve((ctx, request) => bob.respond(ctx, request, status))
    alice.endpoint.invite(alice.to(bob), undefined, SDP)
    await world.pass(100)
    expect(world.flow()).toEqual(
      ladder(`
        alice > bob INVITE
        bob > alice ${status} INVITE
        alice > bob ACK`),
    )
  })

  test('3.10 no response from the user agent', async () => {
    const { world, alice, bob } = pair()
    world.network.partition('10.0.0.1', '10.0.0.2')
    const ctx = alice.endpoint.invite(alice.to(bob), undefined, SDP)
    const outcome = ctx.outcome.catch((error: unknown) => error)
    await world.pass(33_000)
    expect(await outcome).toMatchObject({ code: 'ERR_SIP_TIMEOUT' })
    expect(world.flow()).toEqual(Array.from({ length: 7 }, () => 'alice > bob INVITE'))
  })
})

describe('RFC 5359', () => {
  test('2.1 call hold, and off hold again', async () => {
    const { world, alice, bob } = pair()
    bob.answers(SDP)
    const held: string[] = []
    const ctx = alice.endpoint.invite(alice.to(bob), undefined, SDP)
    await world.pass(100)
    bob.serve((called, request) => {
      if (request.method !== 'INVITE') return
      held.push(/a=(\w+)/.exec(request.text)?.[1] ?? '')
      bob.respond(called, request, 200, SDP)
    })
    alice.endpoint.invite(ctx, undefined, `${SDP}a=sendonly\r\n`)
    await world.pass(100)
    alice.endpoint.invite(ctx, undefined, `${SDP}a=sendrecv\r\n`)
    await world.pass(100)
    expect(held).toEqual(['sendonly', 'sendrecv'])
    expect(world.flow().slice(4)).toEqual(
      ladder(`
        alice > bob INVITE
        bob > alice 200 INVITE
        alice > bob ACK
        alice > bob INVITE
        bob > alice 200 INVITE
        alice > bob ACK`),
    )
  })
})
