import type { Flow } from '@netsip/transport'
import { describe, expect, test } from 'vitest'
import type { Context } from '../context/context.ts'
import { pair, type Party, type World } from '../testing/pair.ts'

/** A call from Alice to Bob over TCP, in which Alice names herself `contact`, and the connection it was made on. */
async function call(contact?: string): Promise<{ world: World; alice: Party; bob: Party; ctx: Context; opened: Flow }> {
  const { world, alice, bob } = pair({ protocol: 'tcp' })
  bob.answers()
  const ctx = alice.endpoint.invite({ ...alice.to(bob), ...(contact !== undefined && { contact }) })
  await world.pass(100)
  const opened = bob.seen[0]?.from.flow
  if (opened === undefined) throw new Error('the INVITE came on no connection')
  return { world, alice, bob, ctx, opened }
}

/** Where requests to Alice come from: port 5060 of Bob is at the other end of the connection that she opened herself. */
function portsOf(party: Party): number[] {
  const ports: number[] = []
  party.leg.on('message', (message, source) => {
    if (message.type === 'request') ports.push(source.port)
  })
  return ports
}

function options(bob: Party): void {
  bob.endpoint.newRequest('OPTIONS', bob.last('INVITE').ctx)
}

describe('the way of requests in a dialog', () => {
  test('a Contact with ;ob is reached on the connection that the call came on (RFC 5626 5.3)', async () => {
    const { world, alice, bob } = await call('<sip:alice@10.0.0.1:9999;transport=tcp;ob>')
    const ports = portsOf(alice)
    options(bob)
    await world.pass(100)
    expect(ports).toEqual([5060])
  })

  test('a Contact in .invalid is reached on the connection that the call came on (RFC 7118 5)', async () => {
    const { world, alice, bob } = await call('<sip:alice@df7jal23ls0d.invalid;transport=tcp>')
    const ports = portsOf(alice)
    options(bob)
    await world.pass(100)
    expect(ports).toEqual([5060])
    const gone = bob.last('INVITE').ctx.hangUp()
    await world.pass(100)
    await gone
    expect(alice.endpoint.stats().dialogs).toBe(0)
  })

  test('the ACK and the BYE of the caller go by the connection of the answer to a callee in .invalid', async () => {
    const { world, alice, bob } = pair({ protocol: 'tcp' })
    bob.serve((ctx, request) => {
      if (request.method !== 'INVITE') return
      const headers = { Contact: '<sip:bob@phone.invalid;transport=tcp>' }
      bob.endpoint.newResponse(ctx, request.createResponse(200, { headers }), bob.leg)
    })
    const ctx = alice.endpoint.invite(alice.to(bob))
    await world.pass(100)
    const gone = ctx.hangUp()
    await world.pass(100)
    await gone
    expect(world.flow()).toEqual([
      'alice > bob INVITE',
      'bob > alice 200 INVITE',
      'alice > bob ACK',
      'alice > bob BYE',
      'bob > alice 200 BYE',
    ])
    expect(bob.endpoint.stats()).toMatchObject({ dialogs: 0, pendingAcks: 0 })
  })

  test('a Contact that can be reached is: the connection of the call is not used for another place (RFC 3261 12.2.1.1)', async () => {
    const { world, alice, bob } = await call(undefined)
    const ports = portsOf(alice)
    options(bob)
    await world.pass(100)
    expect(ports).toHaveLength(1)
    expect(ports).not.toContain(5060)
  })

  test('when the connection is gone a Contact with ;ob is resolved anew', async () => {
    const { world, alice, bob, opened } = await call('<sip:alice@10.0.0.1;transport=tcp;ob>')
    opened.close()
    await world.pass(100)
    const ports = portsOf(alice)
    options(bob)
    await world.pass(100)
    expect(ports).toHaveLength(1)
    expect(ports).not.toContain(5060)
    expect(world.responses(200, 'OPTIONS')).toHaveLength(1)
  })

  test('a connection that breaks under a request is replaced by one to the resolved place', async () => {
    const { world, alice, bob, opened } = await call('<sip:alice@10.0.0.1;transport=tcp;ob>')
    const ports = portsOf(alice)
    options(bob)
    opened.close()
    const answered = bob.last('INVITE').ctx.outcome.catch((error: unknown) => error)
    await world.pass(200)
    expect(ports.at(-1)).not.toBe(5060)
    expect(await answered).toHaveProperty('response')
  })

  test('when the connection is gone a Contact in .invalid cannot be reached, and the request says so', async () => {
    const { world, bob, opened } = await call('<sip:alice@df7jal23ls0d.invalid;transport=tcp>')
    opened.close()
    await world.pass(100)
    const { ctx } = bob.last('INVITE')
    bob.endpoint.newRequest('OPTIONS', ctx)
    const failure = ctx.outcome.catch((error: unknown) => error)
    await world.pass(40_000)
    expect(await failure).toMatchObject({ code: 'ERR_SIP_UNRESOLVED' })
  })

  test('the dialog moves to the connection that the latest request came on', async () => {
    const { world, alice, bob, ctx, opened } = await call('<sip:alice@df7jal23ls0d.invalid;transport=tcp>')
    opened.close()
    await world.pass(100)
    const [dialog] = bob.last('INVITE').ctx.dialogs
    alice.endpoint.newRequest('OPTIONS', ctx)
    await world.pass(100)
    expect(dialog?.path?.from.flow).not.toBe(opened)
    const ports = portsOf(alice)
    options(bob)
    await world.pass(100)
    expect(ports).toEqual([5060])
  })

  test('over UDP a Contact with ;ob is answered where its requests come from', async () => {
    const { world, alice, bob } = pair()
    bob.answers()
    alice.endpoint.invite({ ...alice.to(bob), contact: '<sip:alice@192.0.2.7:4321;ob>' })
    await world.pass(100)
    options(bob)
    await world.pass(100)
    expect(world.flow().slice(-2)).toEqual(['bob > alice OPTIONS', 'alice > bob 200 OPTIONS'])
  })
})
