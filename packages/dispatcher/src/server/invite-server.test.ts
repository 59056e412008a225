import { describe, expect, test } from 'vitest'
import type { DeliverOptions } from '../delivery.ts'
import { Rig, incoming, request } from '../testing/rig.ts'

const receive = (rig: Rig): void => rig.leg.receive(incoming('INVITE', { protocol: rig.leg.protocol }))

const reach: Record<string, (rig: Rig) => void> = {
  Proceeding: receive,
  Ringing(rig) {
    receive(rig)
    rig.reply(180)
  },
  Completed(rig) {
    receive(rig)
    rig.reply(486, rig.watching())
  },
  Confirmed(rig) {
    receive(rig)
    rig.reply(486, rig.watching())
    acknowledge(rig)
  },
  Accepted(rig) {
    receive(rig)
    rig.reply(200, rig.watching())
  },
}

/** With the branch of the INVITE, as for a refusal; peers of RFC 2543 do it for a 2xx too. */
function acknowledge(rig: Rig): void {
  rig.leg.receive(incoming('ACK', { toTag: 'us', protocol: rig.leg.protocol }))
}

const inputs: Record<string, (rig: Rig) => void> = {
  'INVITE again': receive,
  ACK: acknowledge,
  'user sends 1xx': (rig) => reply(rig, 183),
  'user sends 2xx': (rig) => reply(rig, 200),
  'user sends 3xx-6xx': (rig) => reply(rig, 603),
  '200 ms pass': (rig) => rig.clock.advance(200),
  'T1 passes': (rig) => rig.clock.advance(500),
  'T4 passes': (rig) => rig.clock.advance(5000),
  '64*T1 pass': (rig) => rig.clock.advance(32_000),
  'transport error': (rig) => rig.leg.failLast(),
}

function reply(rig: Rig, status: number, options?: DeliverOptions): void {
  const invite = incoming('INVITE', { protocol: rig.leg.protocol })
  rig.dispatcher.deliver(invite.createResponse(status, { toTag: 'us' }), options)
}

const trying = 'SIP/2.0 100 Trying'
const ringing = 'SIP/2.0 180 Ringing'
const progress = 'SIP/2.0 183 Session Progress'
const ok = 'SIP/2.0 200 OK'
const busy = 'SIP/2.0 486 Busy Here'
const decline = 'SIP/2.0 603 Decline'

type Row = [state: string, input: string, next: string, sent: string[], told: (number | string)[]]

// What the user is told: methods by the receiver, codes and `end` by the callbacks of its response.
const onUdp: Row[] = [
  ['Proceeding', 'INVITE again', 'Proceeding', [], []],
  ['Proceeding', 'ACK', 'Proceeding', [], []],
  ['Proceeding', 'user sends 1xx', 'Proceeding', [progress], []],
  ['Proceeding', 'user sends 2xx', 'Accepted', [ok], []],
  ['Proceeding', 'user sends 3xx-6xx', 'Completed', [decline], []],
  ['Proceeding', '200 ms pass', 'Proceeding', [trying], []],
  ['Proceeding', '64*T1 pass', 'Proceeding', [trying], []],
  ['Ringing', 'INVITE again', 'Proceeding', [ringing], []],
  ['Ringing', '200 ms pass', 'Proceeding', [], []],
  ['Ringing', 'user sends 1xx', 'Proceeding', [progress], []],
  // tried at the sent-by of the peer once more
  ['Ringing', 'transport error', 'Proceeding', [ringing], []],
  ['Completed', 'INVITE again', 'Completed', [busy], []],
  ['Completed', 'ACK', 'Confirmed', [], []],
  ['Completed', 'user sends 1xx', 'Completed', [], []],
  ['Completed', 'user sends 2xx', 'Completed', [], []],
  ['Completed', 'user sends 3xx-6xx', 'Completed', [], []],
  ['Completed', 'T1 passes', 'Completed', [busy], []],
  ['Completed', '64*T1 pass', 'Terminated', Array<string>(10).fill(busy), ['ERR_SIP_TIMEOUT', 'end']],
  ['Completed', 'transport error', 'Completed', [busy], []],
  ['Confirmed', 'INVITE again', 'Confirmed', [], []],
  ['Confirmed', 'ACK', 'Confirmed', [], []],
  ['Confirmed', 'user sends 2xx', 'Confirmed', [], []],
  ['Confirmed', 'user sends 3xx-6xx', 'Confirmed', [], []],
  ['Confirmed', 'T4 passes', 'Terminated', [], ['end']],
  ['Confirmed', 'transport error', 'Confirmed', [], ['ERR_SIP_REFUSED']],
  ['Accepted', 'INVITE again', 'Accepted', [], []],
  ['Accepted', 'ACK', 'Accepted', [], ['ACK']],
  ['Accepted', 'user sends 1xx', 'Accepted', [], []],
  ['Accepted', 'user sends 2xx', 'Accepted', [ok], []],
  ['Accepted', 'user sends 3xx-6xx', 'Accepted', [], []],
  ['Accepted', 'T1 passes', 'Accepted', [], []],
  ['Accepted', '64*T1 pass', 'Terminated', [], ['end']],
  ['Accepted', 'transport error', 'Accepted', [ok], []],
]

const onTcp: Row[] = onUdp
  .filter(([state, input]) => state !== 'Confirmed' && input !== 'INVITE again' && input !== 'transport error')
  .map(([state, input, next, sent, told]) => {
    if (next === 'Confirmed') return [state, input, 'Terminated', sent, [...told, 'end']]
    return state === 'Completed' ? [state, input, next, [], told] : [state, input, next, sent, told]
  })

describe.each([
  ['udp' as const, onUdp],
  ['tcp' as const, onTcp],
])('INVITE server over %s', (protocol, rows) => {
  test.each(rows)('X079 %s, %s: %s', (state, input, next, sent, told) => {
    const rig = new Rig(protocol)
    reach[state]?.(rig)
    expect(rig.state('server', 'invite')).toBe(state === 'Ringing' ? 'Proceeding' : state)
    rig.takeReceived()
    rig.takeEvents()
    rig.leg.take()
    inputs[input]?.(rig)
    expect(rig.state('server', 'invite')).toBe(next)
    expect(rig.leg.take()).toEqual(sent)
    expect([...rig.takeReceived(), ...rig.takeEvents()]).toEqual(told)
    expect(rig.errors).toEqual([])
  })
})

describe.each(['udp' as const, 'tcp' as const])('an INVITE over %s of which only the 2xx is left', (protocol) => {
  const accepted = (): Rig => {
    const rig = new Rig(protocol)
    receive(rig)
    rig.reply(200, { onError: (error) => rig.events.push(error.code) })
    rig.received.length = rig.leg.sent.length = 0
    return rig
  }
  const rows = onUdp.filter(([state]) => state === 'Accepted')

  test.each(rows)('X079 %s, %s: %s', (_state, input, next, sent, told) => {
    const rig = accepted()
    inputs[input]?.(rig)
    expect(rig.state('server', 'invite')).toBe(next)
    expect(rig.leg.take()).toEqual(sent)
    expect([...rig.takeReceived(), ...rig.takeEvents()]).toEqual(told.filter((one) => one !== 'end'))
  })

  test('X032 X071 absorbs its copies for 64*T1, and not those of another branch, sent-by or method', () => {
    const rig = accepted()
    rig.clock.advance(31_999)
    receive(rig)
    expect([rig.takeReceived(), rig.leg.take(), rig.dispatcher.stats().retransmissions.in]).toEqual([[], [], 1])
    const own = { protocol, headers: { 'X-Other': 'yes' } }
    rig.leg.receive(incoming('INVITE', { ...own, branch: 'z9hG4bKpeer2' }))
    rig.leg.receive(incoming('INVITE', { ...own, sentBy: '192.0.2.9:7000' }))
    rig.leg.receive(incoming('UPDATE', own))
    expect(rig.takeReceived()).toEqual(['INVITE', 'INVITE', 'UPDATE'])
    rig.clock.advance(125)
    receive(rig)
    expect(rig.takeReceived()).toEqual(['INVITE'])
  })

  test('X058 is named by a CANCEL, which changes nothing', () => {
    const rig = accepted()
    const cancel = incoming('CANCEL', { protocol })
    expect(rig.dispatcher.findInvite(cancel)?.method).toBe('INVITE')
    rig.clock.runUntilIdle()
    expect(rig.dispatcher.findInvite(cancel)).toBeUndefined()
    expect([rig.leg.take(), rig.dispatcher.stats().transactions.total]).toEqual([[], 0])
  })

  test('is known by its delivery as long as it lives', () => {
    const rig = new Rig(protocol)
    receive(rig)
    const first = rig.reply(200)
    const again = rig.reply(200)
    expect([first.state, again.state, again.leg, again.target]).toEqual([
      'Accepted',
      'Accepted',
      rig.leg,
      expect.objectContaining({ addr: '192.0.2.9' }),
    ])
    rig.clock.runUntilIdle()
    expect([first.state, again.state]).toEqual(['Terminated', 'Terminated'])
  })

  test('tells who sends its 2xx again that it cannot be sent at all', () => {
    const rig = accepted()
    reply(rig, 200, { onError: (error) => rig.events.push(`again ${error.code}`) })
    for (let way = 0; way < 2; way++) rig.leg.failLast()
    expect(rig.takeEvents()).toEqual(['again ERR_SIP_REFUSED'])
    expect(rig.state('server', 'invite')).toBe('Accepted')
  })

  test('leaves with the dispatcher, and no timer stays', async () => {
    const rig = new Rig(protocol)
    receive(rig)
    const delivery = rig.reply(200)
    await rig.dispatcher.close()
    expect([rig.state('server', 'invite'), delivery.state]).toEqual(['Terminated', 'Terminated'])
    expect([rig.dispatcher.stats().transactions.total, rig.clock.pending]).toEqual([0, 0])
  })

  test('tells nothing of a 2xx sent again once its delivery is cancelled', () => {
    const rig = new Rig(protocol)
    receive(rig)
    for (let time = 0; time < 2; time++) {
      const delivery = rig.reply(200, { onError: (error) => rig.events.push(error.code) })
      expect(rig.dispatcher.cancelDelivery(delivery)).toBe(true)
      for (let way = 0; way < 2; way++) rig.leg.failLast()
    }
    expect(rig.takeEvents()).toEqual([])
  })
})

test('a 2xx that is sent while the first one goes out makes no second transaction of its INVITE', () => {
  const rig: Rig = new Rig('udp', {
    tracer: ({ direction }) => {
      if (direction === 'out' && rig.leg.sent.length === 1) rig.reply(200)
    },
  })
  receive(rig)
  rig.reply(200)
  expect(rig.leg.take()).toEqual([ok, ok])
  const left = (): unknown[] => [rig.dispatcher.stats().transactions.total, rig.state('server', 'invite')]
  expect(left()).toEqual([1, 'Accepted'])
  rig.clock.runUntilIdle()
  expect(left()).toEqual([0, 'Terminated'])
})

test('X032 an INVITE is remembered when its connection is gone, and its 2xx sent again by another', () => {
  const rig = new Rig('tcp')
  receive(rig)
  rig.reply(200)
  rig.leg.closeFlow()
  expect(rig.state('server', 'invite')).toBe('Accepted')
  rig.leg.receive(incoming('INVITE', { protocol: 'tcp' }), rig.leg.peer('192.0.2.9', 40_000))
  expect(rig.takeReceived()).toEqual(['INVITE'])
  rig.leg.sent.length = 0
  reply(rig, 200)
  expect(rig.leg.sent.map(({ target }) => target.flow?.open)).toEqual([false])
  rig.leg.failLast()
  expect(rig.leg.sent.map(({ target }) => target.flow)).toEqual([expect.anything(), undefined])
})

describe('the wire of an INVITE server', () => {
  test('X003 X034 X035 X035b X037 sends a refusal 11 times over UDP and gives up at 32 s', () => {
    const rig = new Rig()
    receive(rig)
    rig.reply(486, rig.watching())
    rig.clock.runUntilIdle()
    const instants = [0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]
    expect(rig.leg.sent.map(({ at }) => at)).toEqual(instants)
    expect(new Set(rig.leg.sent.map(({ text }) => text)).size).toBe(1)
    expect(rig.clock.monotonic()).toBe(32_000)
    expect(rig.takeEvents()).toEqual(['ERR_SIP_TIMEOUT', 'end'])
  })

  test.each([401, 407])(
    'a %i is sent once for each INVITE, so that a forged Via reaches its victim but once',
    (status) => {
      const rig = new Rig()
      receive(rig)
      rig.reply(status, rig.watching())
      rig.clock.advance(31_000)
      expect(rig.leg.take()).toHaveLength(1)
      receive(rig)
      expect(rig.leg.take()).toHaveLength(1)
      rig.clock.runUntilIdle()
      expect(rig.clock.monotonic()).toBe(32_000)
      expect(rig.takeEvents()).toEqual(['ERR_SIP_TIMEOUT', 'end'])
    },
  )

  test('a challenge after a 1xx is sent again, as the client sends its INVITE no more', () => {
    const rig = new Rig()
    receive(rig)
    rig.reply(180)
    rig.reply(407, rig.watching())
    rig.leg.take()
    rig.clock.advance(500)
    expect(rig.leg.take()).toEqual(['SIP/2.0 407 Proxy Authentication Required'])
  })

  test('X034 over TCP a refusal is sent once, and its ACK is still waited for', () => {
    const rig = new Rig('tcp')
    receive(rig)
    rig.reply(486, rig.watching())
    rig.clock.runUntilIdle()
    expect(rig.leg.take()).toEqual([busy])
    expect(rig.takeEvents()).toEqual(['ERR_SIP_TIMEOUT', 'end'])
  })

  test('X028 X029 X029b X029c sends 100 after 200 ms when the user is silent', () => {
    const rig = new Rig()
    rig.leg.receive(incoming('INVITE', { headers: { Timestamp: '54.21', 'Record-Route': '<sip:p.example.com;lr>' } }))
    rig.clock.advance(199)
    expect(rig.leg.sent).toEqual([])
    rig.clock.advance(1)
    const text = rig.leg.sent[0]?.text ?? ''
    expect(text).toMatch(/^SIP\/2\.0 100 /)
    expect(text).toMatch(/^Timestamp: 54\.21\r$/m)
    expect(text).toMatch(/^To: <sip:bob@example\.com>\r$/m)
    expect(text).toMatch(/^Call-ID: call-1\r$/m)
    expect(text).not.toMatch(/^(Contact|Record-Route):/m)
  })

  test('X030 X031 repeats the last provisional response for a repeated INVITE, which the user never sees', () => {
    const rig = new Rig()
    receive(rig)
    rig.reply(180)
    rig.reply(183)
    rig.leg.take()
    receive(rig)
    receive(rig)
    expect(rig.leg.take()).toEqual([progress, progress])
    expect(rig.takeReceived()).toEqual(['INVITE'])
    expect(rig.dispatcher.stats().retransmissions).toEqual({ in: 2, out: 2 })
  })

  test('X032 X033 X033b X033d sends a 2xx only when the user does', () => {
    const rig = new Rig()
    receive(rig)
    rig.reply(200)
    rig.clock.advance(10_000)
    receive(rig)
    expect(rig.leg.take()).toEqual([ok])
    rig.reply(200)
    rig.reply(500)
    expect(rig.leg.take()).toEqual([ok])
    expect(rig.dispatcher.stats().drops).toEqual({ 'response-refused': 1 })
  })

  test('X032 X071 a 2xx keeps its transaction for 64*T1 to absorb the INVITE, and no longer', () => {
    const rig = new Rig()
    receive(rig)
    rig.reply(200, rig.watching())
    rig.clock.advance(31_999)
    receive(rig)
    expect([rig.takeReceived(), rig.takeEvents(), rig.state('server', 'invite')]).toEqual([['INVITE'], [], 'Accepted'])
    rig.clock.advance(1)
    expect([rig.takeEvents(), rig.dispatcher.stats().transactions.total, rig.clock.pending]).toEqual([['end'], 0, 0])
  })

  test('X033b callbacks of the first 2xx outlive its repetitions', () => {
    const rig = new Rig()
    receive(rig)
    rig.reply(200, rig.watching())
    rig.reply(200)
    rig.clock.runUntilIdle()
    expect(rig.takeEvents()).toEqual(['end'])
  })

  test('X033c X039 the ACK of a 2xx reaches the user, that of a refusal does not', () => {
    const rig = new Rig()
    receive(rig)
    rig.reply(486)
    acknowledge(rig)
    rig.leg.receive(incoming('INVITE', { branch: 'z9hG4bKpeer2', cseq: 2 }))
    rig.reply(200)
    rig.leg.receive(incoming('ACK', { branch: 'z9hG4bKpeer3', cseq: 2, toTag: 'us' }))
    expect(rig.takeReceived()).toEqual(['INVITE', 'INVITE', 'ACK'])
  })

  test('X035c X036 after the ACK of a refusal everything is absorbed for T4, and nothing is sent', () => {
    const rig = new Rig()
    receive(rig)
    rig.reply(486, rig.watching())
    acknowledge(rig)
    rig.leg.take()
    rig.clock.advance(4999)
    receive(rig)
    acknowledge(rig)
    expect(rig.leg.take()).toEqual([])
    expect(rig.takeReceived()).toEqual(['INVITE'])
    rig.clock.advance(1)
    expect(rig.takeEvents()).toEqual(['end'])
    expect(rig.clock.pending).toBe(0)
  })

  test('X047 an ACK that belongs to nothing makes no transaction', () => {
    const rig = new Rig()
    rig.leg.receive(incoming('ACK', { toTag: 'us' }))
    expect(rig.takeReceived()).toEqual(['ACK'])
    expect(rig.dispatcher.stats().transactions.total).toBe(0)
  })

  test('X038 a response that cannot be sent leaves the transaction as it is', () => {
    const rig = new Rig()
    receive(rig)
    rig.reply(486, rig.watching())
    rig.leg.failLast()
    rig.leg.failLast()
    expect(rig.takeEvents()).toEqual(['ERR_SIP_REFUSED'])
    expect(rig.state('server', 'invite')).toBe('Completed')
    expect(rig.leg.sent.map(({ target }) => `${target.addr}:${target.port}`)).toEqual([
      '192.0.2.9:5060',
      '192.0.2.9:5060',
    ])
  })

  test('a cancelled delivery of a refusal is sent no more, and still absorbs what belongs to it', () => {
    const rig = new Rig()
    receive(rig)
    const delivery = rig.reply(486, rig.watching())
    expect(rig.dispatcher.cancelDelivery(delivery)).toBe(true)
    rig.clock.advance(20_000)
    receive(rig)
    expect(rig.leg.take()).toEqual([busy])
    rig.clock.runUntilIdle()
    expect(rig.takeEvents()).toEqual([])
    expect(rig.takeReceived()).toEqual(['INVITE'])
    expect(rig.dispatcher.cancelDelivery(delivery)).toBe(false)
  })

  test('a cancelled delivery of a provisional response still answers what comes again', () => {
    const rig = new Rig()
    receive(rig)
    const delivery = rig.reply(180)
    rig.leg.take()
    expect(rig.dispatcher.cancelDelivery(delivery)).toBe(true)
    receive(rig)
    expect(rig.leg.take()).toEqual(['SIP/2.0 180 Ringing'])
  })

  test('X077 a request to ourselves has a client and a server transaction under the same branch', () => {
    const rig = new Rig()
    rig.dispatcher.deliver(request('INVITE', { uri: 'sip:me@192.0.2.1' }), rig.watching())
    const sent = rig.leg.lastRequest()
    rig.leg.receive(sent, rig.leg.peer('192.0.2.1'))
    rig.reply(486)
    const response = rig.leg.sent.at(-1)
    rig.leg.receive(new TextDecoder().decode(response?.bytes), rig.leg.peer('192.0.2.1'))
    rig.leg.receive(rig.leg.sent.at(-1)?.text ?? '', rig.leg.peer('192.0.2.1'))
    expect(rig.takeEvents()).toEqual([486])
    const { client, server } = rig.dispatcher.stats().transactions
    expect([client.invite['Completed'], server.invite['Confirmed']]).toEqual([1, 1])
  })
})
