import type { SipRequest } from '@netsip/message'
import type { Flow } from '@netsip/transport'
import { describe, expect, test } from 'vitest'
import type { KeepOptions } from './outbound.ts'
import type { RegisterArgs } from './register.ts'
import type { Registration } from './registration.ts'
import { Party, World } from '../testing/pair.ts'

type Answer = (request: SipRequest) => readonly [status: number, headers?: Record<string, string>]

const instance = 'urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6'

const plain: Answer = (request) => [200, { Contact: `${String(request.contact)};expires=1000` }]

/** A registrar that supports RFC 5626. */
const outbound: Answer = (request) => [200, { ...plain(request)[1], Require: 'outbound', 'Flow-Timer': '60' }]

interface Rig {
  readonly world: World
  readonly alice: Party
  readonly registrar: Party
  readonly registration: Registration
  readonly events: string[]
  answer(next: Answer): void
  /** The connection that the latest REGISTER came on. */
  breakConnection(): void
}

function setUp(protocol: 'udp' | 'tcp', options: KeepOptions = {}, args: Partial<RegisterArgs> = {}): Rig {
  const world = new World()
  const alice = new Party(world, 'alice', { protocol })
  const registrar = new Party(world, 'proxy', { protocol })
  let current = plain
  registrar.serve((ctx, request) => {
    const [status, headers = {}] = current(request)
    registrar.endpoint.newResponse(ctx, request.createResponse(status, { headers }))
  })
  const registration = alice.endpoint.keepRegistered(
    {
      from: 'sip:alice@example.com',
      contact: `sip:alice@10.0.0.1${protocol === 'tcp' ? ';transport=tcp' : ''}`,
      registrar: `sip:10.0.0.9${protocol === 'tcp' ? ';transport=tcp' : ''}`,
      expires: 1000,
      ...args,
    },
    options,
  )
  const events: string[] = []
  registration.on('registered', (seconds) => events.push(`registered ${seconds}`))
  registration.on('failed', (error, retry) => events.push(`failed ${error.code} ${retry === undefined ? '' : 'again'}`))
  registration.on('lost', (_error, retry) => events.push(retry === 0 ? 'lost' : 'lost again'))
  const breakConnection = (): void => registrar.last('REGISTER') && registrar.seen.at(-1)?.from.flow?.close()
  return { world, alice, registrar, registration, events, answer: (next) => (current = next), breakConnection }
}

async function registered(rig: Rig): Promise<void> {
  const done = rig.registration.register()
  await rig.world.pass(100)
  await done
}

const contacts = ({ world }: Rig): (string | undefined)[] =>
  world.requests('REGISTER').map((one) => one.headers.get('Contact'))

describe('recovery of a kept registration', () => {
  test('D251g a connection that dies is replaced at once, with the same reg-id and call', async () => {
    const rig = setUp('tcp', { instance, regId: 1 })
    rig.answer(outbound)
    await registered(rig)
    const first = rig.registrar.seen.at(-1)?.from.flow
    await rig.world.pass(200_000)
    rig.breakConnection()
    await rig.world.pass(100)
    expect(rig.events).toEqual(['registered 1000', 'lost', 'registered 1000'])
    expect(rig.registrar.seen.at(-1)?.from.flow).not.toBe(first)
    const [one, other] = rig.world.requests('REGISTER')
    expect(other?.contact?.params.get('reg-id')).toBe('1')
    expect(other?.callId).toBe(one?.callId)
    expect(other?.cseq.seq).toBe(2)
  })

  test('without outbound the loss of the connection is noticed as well', async () => {
    const rig = setUp('tcp')
    await registered(rig)
    rig.breakConnection()
    await rig.world.pass(100)
    expect(rig.events).toEqual(['registered 1000', 'lost', 'registered 1000'])
  })

  test('a connection that never holds is tried less and less often (RFC 5626 4.5)', async () => {
    const rig = setUp('tcp')
    await registered(rig)
    for (let turn = 0; turn < 30; turn++) {
      rig.breakConnection()
      await rig.world.pass(10_000)
    }
    const losses = rig.events.filter((event) => event.startsWith('lost'))
    expect(losses[0]).toBe('lost')
    expect(losses.slice(1).every((event) => event === 'lost again')).toBe(true)
    expect(rig.world.requests('REGISTER').length).toBeLessThan(9)
    await rig.world.pass(2_000_000)
    expect(rig.registration.state).toBe('registered')
    rig.breakConnection()
    await rig.world.pass(100)
    expect(rig.events.at(-2)).toBe('lost')
  })

  test('a registrar that stays away is tried again with a growing pause until it is back', async () => {
    const rig = setUp('tcp')
    let flow: Flow | undefined
    rig.alice.leg.on('message', (_message, source) => (flow = source.flow))
    await registered(rig)
    await rig.world.pass(200_000)
    rig.world.network.partition('10.0.0.1', '10.0.0.9')
    flow?.close()
    await rig.world.pass(300_000)
    expect(rig.registration.state).not.toBe('registered')
    const tries = rig.events.filter((event) => event.startsWith('failed')).length
    expect(tries).toBeGreaterThan(1)
    expect(tries).toBeLessThan(8)
    rig.world.network.heal()
    await rig.world.pass(600_000)
    expect(rig.registration.state).toBe('registered')
  })

  test('D251f a granted connection is kept alive by pings within the Flow-Timer, and a dead one is replaced', async () => {
    const rig = setUp('tcp', { instance, regId: 1 })
    rig.answer(outbound)
    await registered(rig)
    await rig.world.pass(130_000)
    expect(rig.events).toEqual(['registered 1000'])
    rig.world.network.partition('10.0.0.1', '10.0.0.9')
    await rig.world.pass(75_000)
    expect(rig.events[1]).toBe('lost')
    rig.world.network.heal()
    await rig.world.pass(120_000)
    expect(rig.registration.state).toBe('registered')
  })

  test('D251f over UDP a NAT is kept open by line ends when the registrar does not grant outbound', async () => {
    const rig = setUp('udp', { keepAlive: true })
    await registered(rig)
    await rig.world.pass(120_000)
    expect(rig.events).toEqual(['registered 1000'])
    const { pending } = rig.world.clock
    const gone = rig.registration.unregister()
    await rig.world.pass(70_000)
    await gone
    expect(rig.world.clock.pending).toBeLessThan(pending)
    expect(rig.world.clock.pending).toBe(0)
  })

  test('D251f over UDP with outbound granted a registrar that no longer answers STUN has lost us', async () => {
    const rig = setUp('udp', { instance, regId: 1 })
    rig.answer(outbound)
    await registered(rig)
    await rig.world.pass(90_000)
    expect(rig.events).toEqual(['registered 1000'])
    rig.world.network.partition('10.0.0.1', '10.0.0.9')
    await rig.world.pass(75_000)
    expect(rig.events[1]).toBe('lost')
  })

  test('close leaves no timer and no listener behind', async () => {
    const rig = setUp('tcp', { instance, regId: 1 })
    rig.answer((request) => (request.expires === 0 ? [200] : outbound(request)))
    await registered(rig)
    const closed = rig.alice.endpoint.close()
    await rig.world.pass(40_000)
    await closed
    rig.breakConnection()
    await rig.world.pass(2_000_000)
    expect(rig.events).toEqual(['registered 1000'])
    expect(rig.world.requests('REGISTER')).toHaveLength(2)
  })
})

describe('outbound registration', () => {
  test('D242 D251 D251b reg-id and +sip.instance stand in the Contact, and Supported names path and outbound', async () => {
    const rig = setUp('tcp', { instance, regId: 2 })
    rig.answer(outbound)
    await registered(rig)
    const [request] = rig.world.requests('REGISTER')
    expect(request?.contact?.params.get('reg-id')).toBe('2')
    expect(request?.headers.get('Contact')).toContain(`+sip.instance="<${instance}>"`)
    expect(request?.supported).toEqual(expect.arrayContaining(['path', 'outbound', 'gruu']))
    expect(rig.registration.outbound).toBe(true)
  })

  test.each([0, -1, 1.5, 2 ** 31])('D251b the reg-id %d is refused', (regId) => {
    expect(() => setUp('tcp', { instance, regId })).toThrow(expect.objectContaining({ code: 'ERR_SIP_ARGUMENT' }))
  })

  test('a reg-id without an instance is refused', () => {
    expect(() => setUp('tcp', { regId: 1 })).toThrow(expect.objectContaining({ code: 'ERR_SIP_ARGUMENT' }))
  })

  test('D251j a registration of * is not kept, with a reg-id or without', () => {
    expect(() => setUp('tcp', { instance, regId: 1 }, { contact: '*' })).toThrow(/contact/)
  })

  test('D251c two flows by two proxies have calls of their own, under one instance', async () => {
    const rig = setUp('tcp', { instance, regId: 1 })
    const other = new Party(rig.world, 'carol', { protocol: 'tcp' }).serve((ctx, request) => {
      other.endpoint.newResponse(ctx, request.createResponse(200, { headers: outbound(request)[1] ?? {} }))
    })
    const second = rig.alice.endpoint.keepRegistered(
      {
        from: 'sip:alice@example.com',
        contact: 'sip:alice@10.0.0.1;transport=tcp',
        registrar: 'sip:10.0.0.9;transport=tcp',
        route: '<sip:10.0.0.3;transport=tcp;lr>',
      },
      { instance, regId: 2 },
    )
    const done = Promise.all([rig.registration.register(), second.register()])
    await rig.world.pass(100)
    await done
    const sent = rig.world.requests('REGISTER')
    expect(new Set(sent.map((one) => one.contact?.params.get('reg-id')))).toEqual(new Set(['1', '2']))
    expect(new Set(sent.map((one) => one.callId)).size).toBe(2)
    expect(new Set(sent.map((one) => one.contact?.params.get('+sip.instance'))).size).toBe(1)
  })

  test('D251d a 200 without Require: outbound means that it is not in use, and nothing is pinged', async () => {
    const rig = setUp('tcp', { instance, regId: 1 })
    await registered(rig)
    expect(rig.registration.outbound).toBe(false)
    rig.world.network.partition('10.0.0.1', '10.0.0.9')
    await rig.world.pass(300_000)
    expect(rig.events).toEqual(['registered 1000'])
  })

  test('D251e after 439 the address is bound without a reg-id', async () => {
    const rig = setUp('tcp', { instance, regId: 1 })
    rig.answer((request) => (request.contact?.params.has('reg-id') === true ? [439] : plain(request)))
    await registered(rig)
    expect(rig.events).toEqual(['registered 1000'])
    expect(contacts(rig).at(-1)).not.toContain('reg-id')
  })
})

describe('the Contact of calls', () => {
  test.each([
    [
      'says that the connection of an outbound registration leads to us',
      outbound,
      'sip:alice@10.0.0.1;transport=tcp;ob',
    ],
    ['does not without outbound', plain, 'sip:alice@10.0.0.1:5060;transport=tcp'],
  ])('D251i %s', async (_title, answer, contact) => {
    const rig = setUp('tcp', { instance, regId: 1, keepAlive: false })
    const { world, alice, registrar } = rig
    rig.answer(answer)
    await registered(rig)
    registrar.serve((ctx, request) => registrar.respond(ctx, request, 200))
    alice.answers()
    const ctx = alice.endpoint.invite({ from: 'sip:alice@example.com', to: registrar.uri })
    await world.pass(100)
    registrar.endpoint.invite({ from: registrar.uri, to: 'sip:alice@example.com', remoteContact: alice.uri })
    await world.pass(100)
    expect(world.requests('INVITE', 'alice').map((one) => String(one.contact?.uri))).toEqual([contact])
    expect(world.responses(200, 'INVITE').map((one) => String(one.contact?.uri))).toContain(contact)
    const gone = rig.registration.unregister()
    await world.pass(100)
    await gone
    void ctx.hangUp()
    alice.endpoint.invite({ from: 'sip:alice@example.com', to: registrar.uri })
    await world.pass(100)
    expect(String(world.requests('INVITE', 'alice')[1]?.contact?.uri)).toBe('sip:alice@10.0.0.1:5060;transport=tcp')
  })
})

describe('the binding in the answer', () => {
  const name = `;+sip.instance="<${instance}>"`

  test.each([
    [
      'of two flows at one address is that of ours',
      ['sip:alice@10.0.0.1', '1', '3000'],
      ['sip:alice@10.0.0.1', '2', '60'],
    ],
    [
      'is known by its address when the registrar knows no flows',
      ['sip:other@10.0.0.8', '', '3000'],
      ['sip:alice@10.0.0.1', '', '60'],
    ],
    [
      'is known by the device when its address was changed',
      ['sip:other@10.0.0.8', 'none', '3000'],
      ['sip:alice@192.0.2.1', '', '60'],
    ],
  ])('D243 D251c %s', async (_title, ...bindings) => {
    const rig = setUp('udp', { instance, regId: 2, keepAlive: false })
    const list = bindings.map(([uri, flow, expires]) => {
      const device = flow === 'none' ? '' : name
      return `<${uri}>${device}${flow === '' || flow === 'none' ? '' : `;reg-id=${flow}`};expires=${expires}`
    })
    rig.answer(() => [200, { Contact: list.join(', ') }])
    await registered(rig)
    expect(rig.registration.expires).toBe(60)
  })
})

describe('the learned public address', () => {
  test('D253 is bound in place of the private one when the option says so, and refreshed as such', async () => {
    const rig = setUp('udp', { learnAddress: true }, { contact: 'sip:alice@192.168.1.5:5062' })
    await registered(rig)
    expect(contacts(rig)).toEqual(['<sip:alice@192.168.1.5:5062>', '<sip:alice@10.0.0.1:5060>'])
    expect(rig.world.requests('REGISTER')[1]?.contacts.toString()).toContain('<sip:alice@192.168.1.5:5062>;expires=0')
    expect(rig.registration.contact.uri.toString()).toBe('sip:alice@10.0.0.1:5060')
    expect(rig.events).toEqual(['registered 1000'])
    await rig.world.pass(950_000)
    expect(contacts(rig).slice(2)).toEqual(['<sip:alice@10.0.0.1:5060>'])
    const gone = rig.registration.unregister()
    await rig.world.pass(100)
    await gone
    expect(contacts(rig).at(-1)).toBe('<sip:alice@10.0.0.1:5060>')
  })

  test('D253 is only told without the option', async () => {
    const rig = setUp('udp', {}, { contact: 'sip:alice@192.168.1.5:5062' })
    await registered(rig)
    expect(contacts(rig)).toHaveLength(1)
    expect(rig.registration.publicAddress).toEqual({ host: '10.0.0.1', port: 5060 })
  })

  test('D253 an address that is the one we bound is bound once', async () => {
    const rig = setUp('udp', { learnAddress: true })
    await registered(rig)
    expect(contacts(rig)).toHaveLength(1)
  })
})
