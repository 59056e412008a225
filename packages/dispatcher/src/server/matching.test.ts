import { SeededRandom } from '@netsip/runtime/testing'
import { describe, expect, test } from 'vitest'
import { Rig, incoming, type RequestInit } from '../testing/rig.ts'

/** How many of these requests the receiver sees. */
function seen(...requests: [method: string, init?: RequestInit][]): string[] {
  const rig = new Rig()
  for (const [method, init] of requests) rig.leg.receive(incoming(method, init))
  return rig.takeReceived()
}

describe('matching by branch, sent-by and method', () => {
  test('X052 the same branch and sent-by are the same request, whatever the case of the host', () => {
    const host = { sentBy: 'Client.Example.ORG:5060' }
    expect(seen(['OPTIONS', host], ['OPTIONS', { sentBy: 'client.example.org:5060' }])).toEqual(['OPTIONS'])
  })

  test('X053 another sent-by, port or method is another request', () => {
    expect(seen(['OPTIONS'], ['OPTIONS', { sentBy: '192.0.2.10:5060' }])).toHaveLength(2)
    expect(seen(['OPTIONS'], ['OPTIONS', { sentBy: '192.0.2.9:5062' }])).toHaveLength(2)
    expect(seen(['INVITE'], ['BYE'])).toHaveLength(2)
  })

  test('X053 requests that share a branch are told apart when the first of them is over, and none is left', () => {
    const rig = new Rig()
    const again = { sentBy: '192.0.2.9:5062' }
    rig.leg.receive(incoming('OPTIONS'))
    rig.reply(200)
    rig.clock.advance(20_000)
    rig.leg.receive(incoming('OPTIONS', again))
    rig.reply(200)
    rig.clock.advance(20_000)
    rig.takeReceived()
    rig.leg.receive(incoming('OPTIONS', again))
    expect(rig.takeReceived()).toEqual([])
    rig.leg.receive(incoming('OPTIONS'))
    rig.reply(200)
    rig.leg.receive(incoming('OPTIONS'))
    rig.leg.receive(incoming('OPTIONS', again))
    expect(rig.takeReceived()).toEqual(['OPTIONS'])
    rig.clock.runUntilIdle()
    expect(rig.dispatcher.stats().transactions.total).toBe(0)
    rig.leg.receive(incoming('OPTIONS', again))
    expect(rig.takeReceived()).toEqual(['OPTIONS'])
  })

  test('X052 branches whose hashes are the same are told apart, answered or not, and none is the mark of a free place', () => {
    const random = new SeededRandom(1)
    // So a hash is the exclusive or of the characters: 0 for those that cancel each other out.
    random.uint32 = () => 0
    const rig = new Rig('udp', { random })
    const branches = ['ab', 'ba', 'abcc', 'ccba', 'aa', 'bb', 'abab'].map((end) => `z9hG4bK${end}`)
    const answers: string[] = []
    rig.onReceive = () => void rig.reply(200)
    for (const branch of branches) {
      rig.leg.receive(incoming('OPTIONS', { branch }))
      answers.push(String(rig.leg.sent.at(-1)?.text))
    }
    rig.onReceive = undefined
    for (const branch of branches) rig.leg.receive(incoming('MESSAGE', { branch }))
    expect(rig.takeReceived()).toHaveLength(14)
    rig.leg.sent.length = 0
    for (const branch of branches) {
      rig.leg.receive(incoming('OPTIONS', { branch }))
      rig.leg.receive(incoming('MESSAGE', { branch }))
    }
    expect(rig.takeReceived()).toEqual([])
    expect(rig.leg.sent.map(({ text }) => text)).toEqual(answers)
  })

  test('X054 received and rport do not count', () => {
    const rig = new Rig()
    rig.leg.receive(incoming('OPTIONS'), rig.leg.peer('192.0.2.9', 5060))
    rig.leg.receive(incoming('OPTIONS'), rig.leg.peer('198.51.100.1', 7777))
    expect(rig.takeReceived()).toEqual(['OPTIONS'])
  })

  test('X059 a request within the dialog with a branch of its own is its own transaction', () => {
    const next = { branch: 'z9hG4bKpeer2', toTag: 'us', cseq: 2 }
    expect(seen(['INVITE'], ['PRACK', next], ['UPDATE', { ...next, branch: 'z9hG4bKpeer3' }])).toEqual([
      'INVITE',
      'PRACK',
      'UPDATE',
    ])
  })
})

test.each([
  ['a branch', { branch: 'z9hG4bKshared' }, 0],
  ['a branch, and are answered in part', { branch: 'z9hG4bKshared' }, 9],
  ['a branch, and are answered', { branch: 'z9hG4bKshared' }, 16],
  ['all that RFC 2543 has', { branch: '1' }, 0],
])('X073 many that share %s are not compared with each other, but refused', (_, shared, answered) => {
  const rig = new Rig()
  rig.onReceive = () => void (rig.received.length <= answered && rig.reply(200))
  const nth = (n: number): void => rig.leg.receive(incoming('OPTIONS', { ...shared, sentBy: `host${n}.example.org` }))
  for (let n = 0; n < 40; n++) nth(n)
  expect(rig.takeReceived()).toHaveLength(16)
  expect(rig.dispatcher.stats()).toMatchObject({ shed: 24, transactions: { total: 16 } })
  for (let n = 0; n < 16; n++) nth(n)
  expect([rig.takeReceived(), rig.dispatcher.stats().retransmissions.in]).toEqual([[], 16])
  rig.leg.receive(incoming('OPTIONS'))
  rig.clock.runUntilIdle()
  nth(39)
  expect(rig.takeReceived()).toEqual(['OPTIONS', 'OPTIONS'])
})

describe('matching by the rules of RFC 2543', () => {
  const old = { branch: '1' }

  test.each([['z9hG4bK'], ['1']])('X056 X056c a request with branch %s is known by its headers', (branch) => {
    expect(seen(['OPTIONS', { branch }], ['OPTIONS', { branch }])).toEqual(['OPTIONS'])
  })

  test.each<[string, RequestInit]>([
    ['Request-URI', { uri: 'sip:carol@192.0.2.9' }],
    ['Call-ID', { callId: 'call-2' }],
    ['CSeq', { cseq: 2 }],
    ['To tag', { toTag: 'other' }],
    ['From tag', { headers: { From: '<sip:alice@example.com>;tag=a2' } }],
    ['Via', { sentBy: '192.0.2.9:5099' }],
    ['branch', { branch: '2' }],
  ])('X056 another %s is another request', (_, change) => {
    expect(seen(['INVITE', old], ['INVITE', { ...old, ...change }])).toHaveLength(2)
  })

  test('X057 URIs and Vias are compared as such', () => {
    expect(
      seen(['OPTIONS', { ...old, uri: 'sip:bob@example.com' }], ['OPTIONS', { ...old, uri: 'sip:bob@EXAMPLE.com' }]),
    ).toHaveLength(1)
    const rig = new Rig()
    rig.leg.receive(incoming('OPTIONS', { ...old, sentBy: 'Host.example.com' }), rig.leg.peer('192.0.2.9', 1111))
    rig.leg.receive(incoming('OPTIONS', { ...old, sentBy: 'host.EXAMPLE.com' }), rig.leg.peer('192.0.2.9', 2222))
    expect(rig.takeReceived()).toEqual(['OPTIONS'])
  })

  test('X056b the ACK is known by the To tag of our response', () => {
    const rig = new Rig()
    rig.leg.receive(incoming('INVITE', old))
    rig.reply(486)
    rig.leg.receive(incoming('ACK', { ...old, toTag: 'stranger' }))
    expect(rig.state('server', 'invite')).toBe('Completed')
    rig.leg.receive(incoming('ACK', { ...old, toTag: 'us' }))
    expect(rig.state('server', 'invite')).toBe('Confirmed')
    expect(rig.takeReceived()).toEqual(['INVITE', 'ACK'])
  })

  test('a CANCEL finds its INVITE, a response its transaction, and nothing is left', () => {
    const rig = new Rig()
    const invite = incoming('INVITE', old)
    rig.leg.receive(invite)
    expect(rig.dispatcher.findInvite(incoming('CANCEL', old))).toBe(invite)
    expect(rig.dispatcher.findInvite(incoming('CANCEL', { ...old, callId: 'call-2' }))).toBeUndefined()
    rig.leg.receive(incoming('INVITE', { ...old, uri: 'sip:carol@192.0.2.9' }))
    rig.reply(486)
    rig.clock.runUntilIdle()
    expect(rig.dispatcher.stats().transactions.server.invite).toMatchObject({ Proceeding: 1, Completed: 0 })
  })
})
