import type { NameAddr } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import { HOSTS, Party, World } from '../testing/pair.ts'

const INSTANCE = '"<urn:uuid:00000000-0000-1000-8000-000A95A0E128>"'
const aor = 'sip:alice@example.com'

/** A registrar that puts these headers into its 200. */
function registered(
  headers: Record<string, string>,
  contact = `<sip:alice@${HOSTS.alice}>`,
): {
  world: World
  alice: Party
  answer: (next: Record<string, string>) => void
  args: { from: string; contact: string; registrar: string }
} {
  const world = new World()
  const alice = new Party(world, 'alice')
  let current = headers
  const registrar = new Party(world, 'proxy').serve((ctx, request) => {
    if (request.method !== 'REGISTER') return registrar.respond(ctx, request, 200)
    const own = String(request.contact)
    registrar.endpoint.newResponse(
      ctx,
      request.createResponse(200, { headers: { Contact: `${own};expires=60`, ...current } }),
    )
  })
  return { world, alice, answer: (next) => (current = next), args: { from: aor, contact, registrar: HOSTS.proxy } }
}

describe('what a registrar gives an address', () => {
  test('D250 Service-Route is the route of later requests, in order, and an answer without it clears it', async () => {
    const { world, alice, answer, args } = registered({
      'Service-Route': `<sip:${HOSTS.proxy};lr>, <sip:p2.example.com;lr>`,
    })
    alice.endpoint.register(args)
    await world.pass(50)
    alice.endpoint.newRequest('MESSAGE', { from: aor, to: 'sip:bob@example.com' }, undefined, 'hi')
    await world.pass(50)
    const [message] = world.requests('MESSAGE')
    expect(message?.routes.map(String)).toEqual([`<sip:${HOSTS.proxy};lr>`, '<sip:p2.example.com;lr>'])
    expect(world.requests('REGISTER')[0]?.routes).toEqual([])
    alice.endpoint.newRequest(
      'MESSAGE',
      { from: aor, to: 'sip:bob@example.com', route: 'sip:10.0.0.9;lr' },
      undefined,
      'hi',
    )
    alice.endpoint.newRequest('MESSAGE', { from: 'sip:other@example.com', to: `sip:x@${HOSTS.proxy}` }, undefined, 'hi')
    answer({})
    alice.endpoint.register(args)
    await world.pass(50)
    alice.endpoint.newRequest('MESSAGE', { from: aor, to: `sip:bob@${HOSTS.proxy}` }, undefined, 'hi')
    await world.pass(50)
    expect(world.requests('MESSAGE').map((one) => one.routes.length)).toEqual([2, 1, 0, 0])
  })

  test('D249 path is announced, D252 gruu when the contact names its device', async () => {
    const plain = registered({})
    plain.alice.endpoint.register(plain.args)
    await plain.world.pass(50)
    expect(plain.world.requests('REGISTER')[0]?.supported).toContain('path')
    expect(plain.world.requests('REGISTER')[0]?.supported).not.toContain('gruu')
    const named = registered({}, `<sip:alice@${HOSTS.alice}>;+sip.instance=${INSTANCE}`)
    named.alice.endpoint.register(named.args)
    await named.world.pass(50)
    expect(named.world.requests('REGISTER')[0]?.supported).toContain('gruu')
  })

  test('D252b D252c a public GRUU becomes the Contact of calls', async () => {
    const gruu = 'sip:alice@example.com;gr=urn:uuid:x'
    const contact = `<sip:alice@${HOSTS.alice}>;+sip.instance=${INSTANCE}`
    const { world, alice, args } = registered({ Contact: `${contact};pub-gruu="${gruu}";expires=60` }, contact)
    alice.endpoint.register(args)
    await world.pass(50)
    alice.endpoint.invite({ from: aor, to: `sip:bob@${HOSTS.proxy}` })
    await world.pass(50)
    expect(world.requests('INVITE')[0]?.contact?.uri.toString()).toBe(gruu)
  })

  test('D253 the address the registrar saw us come from is known', async () => {
    const { world, alice, args } = registered({})
    const registration = alice.endpoint.keepRegistered({ ...args, contact: 'sip:alice@192.168.1.7' })
    const done = registration.register()
    await world.pass(50)
    await done
    expect(registration.publicAddress).toEqual({ host: HOSTS.alice, port: 5060 })
  })

  test('D252b D252d a temporary GRUU is known as it came, and dropped with the registration', async () => {
    const pub = 'sip:alice@example.com;gr=urn:uuid:x'
    const temp = 'sip:tgruu.7hs==jd7vnzga5w7fajsc7-ajd6fabz0f8g5@example.com;gr'
    const contact = `<sip:alice@${HOSTS.alice}>;+sip.instance=${INSTANCE}`
    const bound = `${contact};pub-gruu="${pub}";temp-gruu="${temp}";expires=60`
    const { world, alice, args } = registered({ Contact: bound }, contact)
    const registration = alice.endpoint.keepRegistered(args)
    expect(registration.tempGruu).toBeUndefined()
    const done = registration.register()
    await world.pass(50)
    await done
    expect(registration.gruu?.uri.toString()).toBe(pub)
    expect(registration.tempGruu?.uri.toString()).toBe(temp)
    alice.endpoint.invite({ from: aor, to: `sip:bob@${HOSTS.proxy}`, contact: registration.tempGruu as NameAddr })
    await world.pass(50)
    expect(world.requests('INVITE')[0]?.contact?.uri.toString()).toBe(temp)
    const gone = registration.unregister()
    await world.pass(50)
    await gone
    expect(registration.tempGruu).toBeUndefined()
  })

  test('D250 D251c of two flows the first is used, the other while that is lost, and what is left when one is removed', async () => {
    const world = new World()
    const alice = new Party(world, 'alice', { protocol: 'tcp' })
    const edges = (['proxy', 'carol'] as const).map((name) => {
      const edge = new Party(world, name, { protocol: 'tcp' }).serve((ctx, request) => {
        if (request.method !== 'REGISTER') return edge.respond(ctx, request, 200)
        const headers = {
          Contact: `${String(request.contact)};pub-gruu="sip:alice@example.com;gr=x";expires=1000`,
          Require: 'outbound',
          'Service-Route': `<sip:${HOSTS[name]};transport=tcp;lr>`,
        }
        edge.endpoint.newResponse(ctx, request.createResponse(200, { headers: request.expires === 0 ? {} : headers }))
      })
      return edge
    })
    const flows = (['proxy', 'carol'] as const).map((name, index) =>
      alice.endpoint.keepRegistered(
        {
          from: aor,
          contact: `<sip:alice@${HOSTS.alice};transport=tcp>`,
          registrar: `sip:${HOSTS.proxy};transport=tcp`,
          route: `<sip:${HOSTS[name]};transport=tcp;lr>`,
        },
        { instance: 'urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6', regId: 1 + index },
      ),
    )
    const way = async (): Promise<string | undefined> => {
      alice.endpoint.newRequest('MESSAGE', { from: aor, to: 'sip:bob@example.com' }, undefined, 'hi')
      await world.pass(100)
      return world.sent.findLast(({ message }) => message.type === 'request' && message.method === 'MESSAGE')?.to
    }
    for (const flow of flows) {
      const done = flow.register()
      await world.pass(100)
      await done
    }
    expect(await way()).toBe('proxy')
    world.network.partition(HOSTS.alice, HOSTS.proxy)
    edges[0]?.seen.find(({ request }) => request.method === 'REGISTER')?.from.flow?.close()
    await world.pass(200_000)
    expect(flows.map(({ state }) => state === 'registered')).toEqual([false, true])
    expect(await way()).toBe('carol')
    world.network.heal()
    await world.pass(600_000)
    expect(flows.map(({ state }) => state)).toEqual(['registered', 'registered'])
    const gone = flows[1]?.unregister()
    await world.pass(100)
    await gone
    expect(await way()).toBe('proxy')
    expect(flows[0]?.gruu?.uri.toString()).toBe('sip:alice@example.com;gr=x')
    const last = flows[0]?.unregister()
    await world.pass(100)
    await last
    expect(flows[0]?.gruu).toBeUndefined()
  })
})
