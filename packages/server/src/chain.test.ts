import type { Target } from '@netsip/transport'
import { describe, expect, test } from 'vitest'
import { Chain } from './chain.ts'
import type { Handler } from './handler.ts'
import { TestBed } from './testing/test-bed.ts'

const udpServer: Target = { protocol: 'udp', addr: '10.0.0.1', port: 5060, family: 'IPv4' }

function taking(log: string[], name: string, answer: boolean | Promise<boolean>, methods?: string[]): Handler {
  const handle = (): boolean | Promise<boolean> => {
    log.push(name)
    return answer
  }
  return methods ? { methods, handle } : { handle }
}

describe('R139 the chain', () => {
  test('ends at the first handler that takes a message, at once or later', async () => {
    const bed = new TestBed()
    const log: string[] = []
    const handlers = [
      taking(log, 'no', false),
      taking(log, 'no later', Promise.resolve(false)),
      taking(log, 'yes', Promise.resolve(true)),
      taking(log, 'never', true),
    ]
    bed.dispatcher.setReceiver(new Chain(bed.dispatcher, handlers))
    bed.agent('alice', '10.0.0.2').request('MESSAGE', 'sip:bob@example.com')
    await bed.run(50)
    expect(log).toEqual(['no', 'no later', 'yes'])
  })

  test.each([
    ['MESSAGE', [], 405],
    ['FROBNICATE', [], 501],
    ['CANCEL', [], 481],
    ['REGISTER', ['REGISTER', 'OPTIONS'], 404],
    ['MESSAGE', undefined, 404],
  ])('R006 answers a %s nobody takes, with %s known, by %i', async (method, methods, status) => {
    const bed = new TestBed()
    bed.dispatcher.setReceiver(new Chain(bed.dispatcher, [taking([], 'no', false, methods)]))
    const exchange = bed.agent('alice', '10.0.0.2').request(method, 'sip:bob@example.com')
    await bed.run(50)
    expect(exchange.final.status).toBe(status)
    expect(exchange.final.to.tag).toBeDefined()
  })

  test('X064 X064e answers 200 to a CANCEL of what is known here, be it an INVITE or not, answered or not', async () => {
    for (const method of ['INVITE', 'MESSAGE']) {
      for (const answered of [false, true]) {
        const bed = new TestBed()
        const silent: Handler = {
          handle: (packet) => !answered && packet.type === 'request' && packet.method === method,
        }
        bed.dispatcher.setReceiver(new Chain(bed.dispatcher, [silent]))
        const alice = bed.agent('alice', '10.0.0.2')
        const exchange = alice.request(method, 'sip:bob@example.com')
        await bed.run(10)
        const cancel = alice.make('CANCEL', 'sip:bob@example.com')
        const via = String(exchange.request.via)
        cancel.headers.prepend('Via', via)
        let status = 0
        alice.leg.on('message', (packet) => {
          if (packet.type === 'response' && packet.cseq.method === 'CANCEL') ({ status } = packet)
        })
        alice.leg.send(cancel.toBytes(), udpServer)
        await bed.run(10)
        expect([method, answered, status]).toEqual([method, answered, 200])
      }
    }
  })

  test.each([
    ['at once', (): boolean => false],
    ['later', (): Promise<boolean> => Promise.resolve(false)],
  ])(
    'R006 answers 400 when a handler finds a header that nobody can read, %s; that is no failure of the server',
    async (_when, first) => {
      const bed = new TestBed()
      const reading: Handler = {
        handle: (packet) => packet.type === 'request' && packet.contact?.uri.scheme === 'sips',
      }
      bed.dispatcher.setReceiver(new Chain(bed.dispatcher, [{ handle: first }, reading]))
      const alice = bed.agent('alice', '10.0.0.2')
      const exchange = alice.request('MESSAGE', 'sip:bob@example.com', { contact: '<!:>' })
      const good = alice.request('MESSAGE', 'sip:bob@example.com')
      await bed.run(50)
      expect([exchange.final.status, good.final.status]).toEqual([400, 404])
      expect(bed.dispatcher.stats().applicationErrors).toBe(0)
    },
  )

  test('R006 names the methods it knows', async () => {
    const bed = new TestBed()
    bed.dispatcher.setReceiver(
      new Chain(bed.dispatcher, [taking([], 'a', false, ['REGISTER']), taking([], 'b', false, ['OPTIONS'])]),
    )
    const exchange = bed.agent('alice', '10.0.0.2').request('INVITE', 'sip:bob@example.com')
    await bed.run(50)
    expect(exchange.final.headers.get('Allow')).toBe('REGISTER, OPTIONS')
  })
})
