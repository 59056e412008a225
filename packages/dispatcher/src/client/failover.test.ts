import { SipRequest } from '@netsip/message'
import { SeededRandom, VirtualClock } from '@netsip/runtime/testing'
import { type DnsClient, rfc3263Resolver } from '@netsip/transport'
import { MemoryNetwork } from '@netsip/transport/testing'
import { describe, expect, test } from 'vitest'
import { Dispatcher } from '../dispatcher.ts'

const servers: Record<string, string> = {
  'one.example.com': '10.0.1.1',
  'two.example.com': '10.0.1.2',
  'three.example.com': '10.0.1.3',
}
const dns: DnsClient = {
  naptr: async () => [],
  srv: async (name) =>
    name.endsWith('.example.com') && name.startsWith('_sip.')
      ? Object.keys(servers).map((target, index) => ({ target, port: 5060, priority: index, weight: 0 }))
      : [],
  ipv4: async (name) => (servers[name] === undefined ? [] : [{ address: servers[name], ttl: 3600 }]),
  ipv6: async () => [],
}

/** A client that finds three servers by SRV: what each of them does is said by `answers`, nothing by default. */
function world(protocol: 'udp' | 'tcp', answers: Record<string, number>) {
  const clock = new VirtualClock()
  const network = new MemoryNetwork({ clock, random: new SeededRandom(1), delay: 5 })
  const resolver = rfc3263Resolver(dns, { clock })
  const client = new Dispatcher({ legs: [network.listen({ host: '10.0.0.1', protocol })], clock, resolver })
  const asked: string[] = []
  for (const [host, status] of Object.entries(answers)) {
    const server = new Dispatcher({ legs: [network.listen({ host, protocol })], clock })
    server.setReceiver({
      receive(packet) {
        if (packet.type !== 'request') return
        asked.push(host)
        if (status > 0) server.deliver(packet.createResponse(status, { toTag: 'b' }))
      },
    })
  }
  let serial = 0
  /** What came of one request, and whom it was tried at. */
  const ask = async (ms: number): Promise<{ result: number | string | undefined; asked: string[] }> => {
    let result: number | string | undefined
    client.deliver(options(++serial, protocol), {
      onResponse: (response) => void (result = response.status),
      onError: (error) => void (result = error.code),
    })
    await clock.advanceAsync(ms)
    return { result, asked: asked.splice(0) }
  }
  return { ask, clock, client }
}

function options(serial: number, protocol: string): SipRequest {
  return new SipRequest({
    method: 'OPTIONS',
    uri: `sip:example.com;transport=${protocol}`,
    headers: {
      From: '<sip:alice@example.com>;tag=1',
      To: '<sip:example.com>',
      'Call-ID': `${serial}`,
      CSeq: `${serial} OPTIONS`,
    },
  })
}

describe('servers found by RFC 3263', () => {
  test('T102 T103 a refused connection and a 503 lead to the next, and who refused is tried last for a while', async () => {
    const { ask, clock, client } = world('tcp', { '10.0.1.2': 503, '10.0.1.3': 200 })
    const failovers = async (): Promise<number> => {
      const before = client.stats().failovers
      expect(await ask(1000)).toEqual({ result: 200, asked: ['10.0.1.2', '10.0.1.3'] })
      return client.stats().failovers - before
    }
    expect(await failovers()).toBe(2)
    // The one that refused is not tried again; a 503 without Retry-After says nothing of the next request (RFC 3261 21.5.4).
    expect(await failovers()).toBe(1)
    await clock.advanceAsync(30_000)
    expect(await failovers()).toBe(2)
  })

  test('T102 a silent server is given up after 64*T1, and the next request goes elsewhere at once', async () => {
    const { ask } = world('udp', { '10.0.1.2': 200, '10.0.1.3': 200 })
    const first = await ask(33_000)
    expect([first.result, first.asked.at(-1)]).toEqual([200, '10.0.1.2'])
    expect(await ask(1000)).toEqual({ result: 200, asked: ['10.0.1.2'] })
  })

  test('T104 another refusal is an answer, and not asked of the next', async () => {
    const { ask } = world('udp', { '10.0.1.1': 500, '10.0.1.2': 200, '10.0.1.3': 200 })
    expect(await ask(1000)).toEqual({ result: 500, asked: ['10.0.1.1'] })
  })

  test('T102 when all fail the last failure is told, once and in the time of all', async () => {
    const { ask, client } = world('udp', {})
    expect((await ask(3 * 32_000 - 10)).result).toBeUndefined()
    expect(client.stats().failovers).toBe(2)
    const { ask: again } = world('tcp', {})
    expect(await again(1000)).toEqual({ result: 'ERR_SIP_REFUSED', asked: [] })
  })
})
