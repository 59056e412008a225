import type { SipRequest } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import type { Context } from '../context/context.ts'
import type { Registration } from './registration.ts'
import { Party, World } from '../testing/pair.ts'

type Answer = (request: SipRequest) => readonly [status: number, headers?: Record<string, string>]

const granted: Answer = (request) => {
  const seconds = request.expires ?? 0
  return [200, seconds > 0 ? { Contact: `${String(request.contact)};expires=${seconds}` } : {}]
}

/** A registration of Alice, and what happened to it. */
function setUp(expires = 100): {
  world: World
  alice: Party
  registration: Registration
  events: string[]
  answer: (next: Answer) => void
} {
  const world = new World()
  const alice = new Party(world, 'alice')
  const registrar = new Party(world, 'proxy')
  let current = granted
  registrar.serve((ctx: Context, request) => {
    const [status, headers = {}] = current(request)
    registrar.endpoint.newResponse(ctx, request.createResponse(status, { headers }))
  })
  const registration = alice.endpoint.keepRegistered({
    from: 'sip:alice@example.com',
    contact: 'sip:alice@10.0.0.1',
    registrar: '10.0.0.9',
    expires,
  })
  const events: string[] = []
  registration.on('registering', () => events.push('registering'))
  registration.on('registered', (seconds) => events.push(`registered ${seconds}`))
  registration.on('failed', (error, retry) =>
    events.push(`failed ${error.code} ${retry === undefined ? 'for good' : 'for now'}`),
  )
  registration.on('unregistered', () => events.push('unregistered'))
  return { world, alice, registration, events, answer: (next) => (current = next) }
}

describe('a kept registration', () => {
  test('D244 D254 is refreshed at 80 to 90 % of what the registrar grants', async () => {
    const { world, registration, events } = setUp(100)
    const done = registration.register()
    await world.pass(50)
    await done
    expect(registration.state).toBe('registered')
    await world.pass(79_000)
    expect(world.requests('REGISTER')).toHaveLength(1)
    await world.pass(12_000)
    expect(world.requests('REGISTER')).toHaveLength(2)
    expect(events).toEqual(['registering', 'registered 100', 'registering', 'registered 100'])
    await world.pass(1_000_000)
    expect(world.requests('REGISTER').length).toBeGreaterThan(11)
    const numbers = world.requests('REGISTER').map((one) => one.cseq.seq)
    expect(numbers).toEqual(numbers.map((_, index) => index + 1))
    expect(new Set(world.requests('REGISTER').map((one) => one.callId)).size).toBe(1)
  })

  test('D243 D243b D245 the expires parameter of our own binding wins over the Expires header and over other bindings', async () => {
    const { world, registration, answer, events } = setUp(3600)
    answer(() => [
      200,
      { Expires: '1000', Contact: '<sip:other@192.0.2.1>;expires=5, <sip:alice@10.0.0.1>;expires=200' },
    ])
    const done = registration.register()
    await world.pass(50)
    await done
    expect(events.at(-1)).toBe('registered 200')
    expect(registration.expires).toBe(200)
  })

  test.each([
    [{ Expires: '200', Contact: '<sip:alice@10.0.0.1>' }, 200],
    [{ Contact: '<sip:alice@10.0.0.1>' }, 3600],
  ])(
    'D243b without that parameter it is the header, and without that what was asked for: %o',
    async (headers, seconds) => {
      const { world, registration, answer } = setUp(3600)
      answer(() => [200, headers])
      const done = registration.register()
      await world.pass(50)
      await done
      expect(registration.expires).toBe(seconds)
    },
  )

  test.each(['<sip:other@192.0.2.1>;expires=5', '*'])(
    'D243c an answer that does not list our contact but %s is a failure',
    async (contact) => {
      const { world, registration, answer } = setUp()
      answer(() => [200, { Contact: contact }])
      const done = registration.register().catch((error: unknown) => error)
      await world.pass(50)
      expect(await done).toMatchObject({ code: 'ERR_SIP_STATE' })
      expect(registration.state).toBe('failed')
    },
  )

  test('D246b D246c after a failure it is tried again, later each time, and recovers', async () => {
    const { world, registration, answer, events } = setUp()
    answer(() => [503])
    const done = registration.register().catch((error: unknown) => error)
    await world.pass(50)
    expect(await done).toMatchObject({ code: 'ERR_SIP_STATUS', status: 503 })
    await world.pass(14_000)
    expect(world.requests('REGISTER')).toHaveLength(1)
    await world.pass(17_000)
    expect(world.requests('REGISTER')).toHaveLength(2)
    await world.pass(13_000)
    expect(world.requests('REGISTER')).toHaveLength(2)
    answer(granted)
    await world.pass(60_000)
    expect(registration.state).toBe('registered')
    expect(events.filter((event) => event.startsWith('failed'))).toEqual(
      Array.from({ length: 2 }, () => 'failed ERR_SIP_STATUS for now'),
    )
  })

  test('D246c but never later than half an hour after it', async () => {
    const { world, registration, answer } = setUp()
    answer(() => [500])
    const pauses: (number | undefined)[] = []
    registration.on('failed', (_error, retry) => pauses.push(retry))
    void registration.register().catch(() => undefined)
    await world.pass(36_000_000)
    expect(Math.max(...pauses.map(Number))).toBeLessThanOrEqual(1_800_000)
    expect(pauses.length).toBeGreaterThan(20)
  })

  test('D246c Retry-After of the registrar is honoured when it is longer', async () => {
    const { world, registration, answer } = setUp()
    answer(() => [503, { 'Retry-After': '300' }])
    registration.register().catch(() => undefined)
    await world.pass(299_000)
    expect(world.requests('REGISTER')).toHaveLength(1)
    await world.pass(3000)
    expect(world.requests('REGISTER')).toHaveLength(2)
  })

  test.each([401, 403, 404])('D246c a %i ends it', async (status) => {
    const { world, registration, answer, events } = setUp()
    answer(() => [status])
    registration.register().catch(() => undefined)
    await world.pass(4_000_000)
    expect(world.requests('REGISTER')).toHaveLength(1)
    expect(registration.state).toBe('stopped')
    expect(events.at(-1)).toMatch(/for good$/)
  })

  test('a registrar that is silent for a while is met again when it is back', async () => {
    const { world, registration } = setUp()
    world.network.partition('10.0.0.1', '10.0.0.9')
    registration.register().catch(() => undefined)
    await world.pass(33_000)
    expect(registration.state).toBe('failed')
    world.network.heal()
    await world.pass(35_000)
    expect(registration.state).toBe('registered')
  })

  test('D247 unregister removes the binding and ends the refreshing', async () => {
    const { world, registration, events, alice } = setUp()
    const done = registration.register()
    await world.pass(50)
    await done
    const gone = registration.unregister()
    await world.pass(50)
    await gone
    expect(world.requests('REGISTER').at(-1)?.expires).toBe(0)
    expect(events.at(-1)).toBe('unregistered')
    const sent = world.sent.length
    await world.pass(1_000_000)
    expect(world.sent.length).toBe(sent)
    expect(alice.endpoint.stats().contexts).toBe(0)
    expect(world.clock.pending).toBe(0)
  })

  test('close of the endpoint unregisters', async () => {
    const { world, registration, alice } = setUp()
    registration.register().catch(() => undefined)
    await world.pass(50)
    const closed = alice.endpoint.close()
    await world.pass(50)
    await closed
    expect(world.requests('REGISTER').map((one) => one.expires)).toEqual([100, 0])
    expect(registration.state).toBe('unregistered')
  })

  test.each([
    [60, 2],
    [64, 1],
  ])(
    'D244 one of %i s that gave us an address of our own is refreshed at half time: %i REGISTER',
    async (seconds, sent) => {
      const { world, alice, answer } = setUp()
      answer((request) => {
        const contact = `${String(request.contact)};pub-gruu="sip:alice@example.com;gr=1";expires=${seconds}`
        return [200, { Contact: contact }]
      })
      const args = { from: 'sip:alice@example.com', contact: 'sip:alice@10.0.0.1', registrar: '10.0.0.9' }
      const done = alice.endpoint.keepRegistered(args, { instance: 'urn:uuid:1', keepAlive: false }).register()
      await world.pass(50)
      await done
      await world.pass(33_000)
      expect(world.requests('REGISTER')).toHaveLength(sent)
    },
  )

  test('D246 a 423 to the removal of a binding does not make it one for longer', async () => {
    const { world, registration, answer } = setUp(100)
    const done = registration.register()
    await world.pass(50)
    await done
    answer(() => [423, { 'Min-Expires': '600' }])
    const gone = registration.unregister()
    await world.pass(50)
    await gone
    expect(world.requests('REGISTER').map((one) => one.expires)).toEqual([100, 0])
  })
})
