import { Dispatcher } from '@netsip/dispatcher'
import { type Context, Endpoint, type Registration } from '@netsip/endpoint'
import { listenTcp } from '@netsip/transport/node'
import { describe, expect, test } from 'vitest'
import { Agent, description } from './agent.ts'
import { accounts, Kamailio } from './kamailio.ts'
import { isMissing } from './missing.ts'
import { Nat } from './nat.ts'
import { Wire } from './wire.ts'

const instance = 'urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6'

/** Alice's phone, with two flows to Kamailio that the test has in its hands (RFC 5626). */
class TwoFlows implements AsyncDisposable {
  readonly kamailio: Kamailio
  readonly wires: readonly [Wire, Wire]
  readonly endpoint: Endpoint
  readonly registrations: readonly Registration[]
  /** What was told of each flow. */
  readonly story: string[] = []
  /** Why they were lost. */
  readonly losses: (string | undefined)[] = []
  readonly #dispatcher: Dispatcher

  private constructor(kamailio: Kamailio, wires: readonly [Wire, Wire], dispatcher: Dispatcher, contact: string) {
    this.kamailio = kamailio
    this.wires = wires
    this.#dispatcher = dispatcher
    this.endpoint = new Endpoint(dispatcher)
    this.registrations = wires.map(({ port }, n) => this.#keep(n + 1, port, contact))
  }

  static async start(flowTimer: number): Promise<TwoFlows> {
    const kamailio = await Kamailio.start({ flowTimer })
    const leg = await listenTcp({ host: '127.0.0.1', port: 0 })
    const wires = [await Wire.to(kamailio.port), await Wire.to(kamailio.port)] as const
    const contact = `sip:alice@127.0.0.1:${leg.local.port};transport=tcp`
    const phone = new TwoFlows(kamailio, wires, new Dispatcher({ legs: [leg] }), contact)
    for (const registration of phone.registrations) await registration.register()
    return phone
  }

  /** What Kamailio has for Alice, as it says itself. */
  async bindings(): Promise<string[]> {
    const aor = `sip:alice@127.0.0.1:${this.kamailio.port}`
    const init = { from: aor, to: aor, auth: ['alice', accounts.alice] } as const
    const route = { Route: `<sip:127.0.0.1:${this.kamailio.port};transport=tcp;lr>` }
    const uri = `sip:127.0.0.1:${this.kamailio.port}`
    const ctx = this.endpoint.newRequest('REGISTER', init, undefined, undefined, { ...route, uri })
    const { response } = await ctx.outcome
    return response.headers.getAll('Contact').map((one) => /reg-id=(\d+)/.exec(one)?.[1] ?? one)
  }

  #keep(regId: number, port: number, contact: string): Registration {
    const own = `127.0.0.1:${this.kamailio.port}`
    const registration = this.endpoint.keepRegistered(
      {
        registrar: `sip:${own}`,
        from: `sip:alice@${own}`,
        contact,
        route: `<sip:127.0.0.1:${port};transport=tcp;lr>`,
        auth: ['alice', accounts.alice],
      },
      { instance, regId },
    )
    registration.on('registered', () => this.story.push(`${regId} registered`))
    registration.on('lost', (error) => {
      this.story.push(`${regId} lost`)
      this.losses.push(error?.message)
    })
    registration.on('failed', (error) => this.story.push(`${regId} failed ${error.code}`))
    return registration
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.endpoint.close({ graceful: false })
    await this.#dispatcher.close({ closeLegs: true })
    for (const wire of this.wires) await wire[Symbol.asyncDispose]()
    await this.kamailio[Symbol.asyncDispose]()
  }
}

/** Bob calls Alice by way of Kamailio; how many INVITEs she was handed. */
async function called({ endpoint, kamailio }: TwoFlows): Promise<number> {
  let rings = 0
  endpoint.setApplication((_endpoint: unknown, ctx: Context, request) => {
    if (request.method !== 'INVITE') return
    rings += 1
    const headers = { 'Content-Type': 'application/sdp' }
    endpoint.newResponse(ctx, request.createResponse(200, { headers, body: description() }))
  })
  await using bob = await Agent.start()
  const to = `sip:alice@127.0.0.1:${kamailio.port}`
  const init = { from: `sip:bob@127.0.0.1:${kamailio.port}`, to, auth: ['bob', accounts.bob] } as const
  const ctx = bob.endpoint.invite(init, undefined, description())
  await ctx.outcome
  await bob.endpoint.hangUp(ctx)
  return rings
}

describe.skipIf(isMissing('kamailio'))('outbound at Kamailio', () => {
  test('two flows of one phone are two bindings, and it is called on one of them', async () => {
    await using phone = await TwoFlows.start(60)
    expect(phone.registrations.map(({ outbound }) => outbound)).toEqual([true, true])
    expect((await phone.bindings()).toSorted()).toEqual(['1', '2'])
    expect(await called(phone)).toBe(1)
    expect(phone.wires.map(({ seen }) => seen.connections)).toEqual([1, 1])
  })

  test('a flow that is cut is registered anew, the other one stays, and calls come through', async () => {
    await using phone = await TwoFlows.start(60)
    phone.wires[0].cut()
    await expect
      .poll(() => phone.story, { timeout: 10_000 })
      .toEqual(['1 registered', '2 registered', '1 lost', '1 registered'])
    expect(phone.wires.map(({ seen }) => seen.connections)).toEqual([2, 1])
    expect((await phone.bindings()).toSorted()).toEqual(['1', '2'])
    expect(await called(phone)).toBe(1)
  })

  test('each flow is pinged within the Flow-Timer and Kamailio answers; one that falls silent is registered anew', async () => {
    await using phone = await TwoFlows.start(2)
    await expect.poll(() => phone.wires.map(({ seen }) => seen.pongs >= 2), { timeout: 10_000 }).toEqual([true, true])
    expect(phone.story).toEqual(['1 registered', '2 registered'])
    phone.wires[1].silence()
    await expect.poll(() => phone.story.slice(2), { timeout: 20_000 }).toEqual(['2 lost', '2 registered'])
    expect(phone.losses).toEqual([expect.stringContaining('did not answer a ping')])
    const pongs = phone.wires[1].seen.pongs
    await expect.poll(() => phone.wires[1].seen.pongs, { timeout: 10_000 }).toBeGreaterThan(pongs)
    expect((await phone.bindings()).toSorted()).toEqual(['1', '2'])
  })

  test('on UDP it is asked by STUN for the address it sees, and a NAT that changes it is noticed', async () => {
    await using kamailio = await Kamailio.start({ flowTimer: 2 })
    await using nat = await Nat.to(kamailio.port)
    await using alice = await Agent.start()
    const own = `127.0.0.1:${kamailio.port}`
    const registration = alice.endpoint.keepRegistered(
      {
        registrar: `sip:${own}`,
        from: `sip:alice@${own}`,
        contact: `sip:alice@127.0.0.1:${alice.port}`,
        route: `<sip:127.0.0.1:${nat.port};lr>`,
        auth: ['alice', accounts.alice],
      },
      { instance, regId: 1 },
    )
    const story: string[] = []
    registration.on('registered', () => story.push('registered'))
    registration.on('lost', (error) => story.push(`lost: ${error?.message}`))
    await registration.register()
    expect(registration.outbound).toBe(true)
    await expect.poll(() => nat.seen.pongs, { timeout: 10_000 }).toBeGreaterThan(2)
    expect(story).toEqual(['registered'])
    const before = registration.publicAddress?.port
    await nat.rebind()
    await expect.poll(() => story.length, { timeout: 10_000 }).toBe(3)
    expect(story.slice(1)).toEqual([expect.stringMatching(/^lost: .* sees us at /), 'registered'])
    expect(registration.publicAddress?.port).not.toBe(before)
  })
})
