import { parseMessage, SipParseError, type SipRequest, type SipResponse } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import { Rig, incoming, request } from '../testing/rig.ts'

const lastResponse = (rig: Rig): SipResponse => parseMessage(rig.leg.sent.at(-1)?.bytes ?? '') as SipResponse

function headless(header: string): SipRequest {
  const broken = incoming('OPTIONS')
  broken.headers.delete(header)
  return broken
}

/** As an `async` callback does, which the types let pass. */
function reject(): void {
  return Promise.reject(new Error('bug in the application')) as unknown as undefined
}

function fail(): void {
  throw new Error('bug in a callback')
}

test.each([
  ['tcp', 'INVITE', 486, 1],
  ['tcp', 'INVITE', 200, 1],
  ['tcp', 'INVITE', 200, 2],
  ['udp', 'OPTIONS', 200, 1],
] as const)('T109 another way back to a link-local peer keeps to its link: %s, %s, %d given %d times', (...asked) => {
  const [protocol, method, status, times] = asked
  const rig = new Rig(protocol)
  const from = rig.leg.peer('fe80::1%eth0', 5070)
  rig.leg.receive(incoming(method, { protocol, sentBy: '[fe80::1]:5070' }), from)
  for (let given = 0; given < times; given++) rig.reply(status)
  rig.leg.sent.length = 0
  rig.leg.failLast()
  rig.leg.failLast()
  expect(rig.leg.sent.map(({ target: { addr, port } }) => `${addr} ${port}`)).toEqual(['fe80::1%eth0 5070'])
})

describe('CANCEL at the server', () => {
  test('X058 findInvite gives the INVITE with the branch of the CANCEL', () => {
    const rig = new Rig()
    const invite = incoming('INVITE')
    rig.leg.receive(invite)
    expect(rig.dispatcher.findInvite(incoming('CANCEL'))).toBe(invite)
    expect(rig.dispatcher.findInvite(incoming('CANCEL', { branch: 'z9hG4bKother' }))).toBeUndefined()
    expect(rig.dispatcher.findInvite(incoming('CANCEL', { sentBy: '192.0.2.99:5060' }))).toBeUndefined()
  })

  test('X064 X064b X064d finds it after the final response too, and then nothing changes it', () => {
    const rig = new Rig()
    rig.leg.receive(incoming('INVITE'))
    rig.reply(200)
    rig.leg.take()
    const found = rig.dispatcher.findInvite(incoming('CANCEL'))
    expect(found?.method).toBe('INVITE')
    expect([found?.callId, found?.cseq.toString(), found?.from.tag]).toEqual(['call-1', '1 INVITE', 'a1'])
    if (found) rig.dispatcher.deliver(found.createResponse(487))
    expect(rig.leg.take()).toEqual([])
    rig.clock.runUntilIdle()
    expect(rig.dispatcher.findInvite(incoming('CANCEL'))).toBeUndefined()
  })

  test('X064c its own response is 200, that of the INVITE 487', () => {
    const rig = new Rig()
    rig.leg.receive(incoming('INVITE'))
    rig.leg.receive(incoming('CANCEL'))
    rig.reply(200)
    rig.dispatcher.deliver(incoming('INVITE').createResponse(487, { toTag: 'us' }))
    const sent = rig.leg.sent.map(({ bytes }) => parseMessage(bytes) as SipResponse)
    expect(sent.map(({ status, cseq }) => `${status} ${cseq.method}`)).toEqual(['200 CANCEL', '487 INVITE'])
  })

  test('X064e a CANCEL for another request finds nothing', () => {
    const rig = new Rig()
    rig.leg.receive(incoming('OPTIONS'))
    expect(rig.dispatcher.findInvite(incoming('CANCEL'))).toBeUndefined()
  })
})

describe('a receiver that fails', () => {
  test.each([
    [
      'throws',
      (): void => {
        throw new Error('bug in the application')
      },
    ],
    ['rejects', async (): Promise<void> => Promise.reject(new Error('bug in the application'))],
  ])('that %s: the request is answered 500 and the error is told', async (_, onReceive) => {
    const rig = new Rig()
    rig.onReceive = onReceive
    rig.leg.receive(incoming('OPTIONS'))
    await rig.clock.advanceAsync(0)
    expect(lastResponse(rig).status).toBe(500)
    expect(lastResponse(rig).to.tag).toBeTruthy()
    expect(rig.errors.map(({ message }) => message)).toEqual(['bug in the application'])
    expect(rig.dispatcher.stats().applicationErrors).toBe(1)
  })

  test('after it has answered: the answer stands', () => {
    const rig = new Rig()
    rig.onReceive = () => {
      rig.reply(200)
      throw new Error('bug in the application')
    }
    rig.leg.receive(incoming('OPTIONS'))
    expect(rig.leg.take()).toEqual(['SIP/2.0 200 OK'])
  })

  test('with an ACK or a response: nothing is answered', () => {
    const rig = new Rig()
    rig.onReceive = () => {
      throw new Error('bug in the application')
    }
    rig.leg.receive(incoming('ACK'))
    rig.dispatcher.deliver(request('OPTIONS'))
    rig.leg.take()
    rig.leg.answer(200)
    expect(rig.leg.take()).toEqual([])
    expect(rig.errors).toHaveLength(2)
  })

  test('callbacks and listeners that throw never reach the stack', () => {
    const rig = new Rig()
    rig.dispatcher.on('message', fail).on('drop', fail).on('error', fail)
    rig.send('OPTIONS', { onResponse: fail, onTerminated: fail })
    rig.leg.answer(200)
    rig.leg.answer(200, { to: incoming('OPTIONS', { sentBy: '192.0.2.1:5060' }) })
    rig.clock.runUntilIdle()
    expect(rig.dispatcher.stats().transactions.total).toBe(0)
    expect(rig.dispatcher.stats().applicationErrors).toBeGreaterThan(3)
  })

  test('callbacks that reject are reported, and end no process', async () => {
    const rig = new Rig()
    rig.send('OPTIONS', { onResponse: reject, onTerminated: reject })
    rig.leg.answer(200)
    rig.send('INVITE', { onError: reject })
    rig.leg.failLast()
    rig.leg.receive(incoming('INVITE'))
    rig.reply(486, { onError: reject, onTerminated: reject })
    await rig.clock.advanceAsync(64_000)
    expect(rig.errors.map(({ message }) => message)).toEqual(Array(5).fill('bug in the application'))
    expect(rig.dispatcher.stats()).toMatchObject({ applicationErrors: 5, transactions: { total: 0 } })
  })

  test('an onError that throws takes nothing from onTerminated', () => {
    const rig = new Rig()
    rig.leg.receive(incoming('INVITE'))
    rig.reply(486, rig.watching({ onError: fail }))
    rig.send('OPTIONS', { onError: fail })
    rig.clock.advance(64_000)
    expect(rig.takeEvents()).toEqual(['end', 'end'])
  })

  test('without a receiver a request is answered 503 and an ACK dropped', () => {
    const rig = new Rig()
    rig.dispatcher.setReceiver(undefined)
    rig.leg.receive(incoming('OPTIONS'))
    rig.leg.receive(incoming('ACK'))
    expect(rig.leg.take()).toEqual(['SIP/2.0 503 Service Unavailable'])
    expect(rig.dispatcher.stats()).toMatchObject({ shed: 1, drops: { 'no-receiver': 1 }, transactions: { total: 0 } })
  })
})

describe('what cannot be read', () => {
  test.each(['From', 'To', 'Call-ID', 'CSeq'])('a request without %s is answered 400 statelessly', (header) => {
    const rig = new Rig()
    rig.leg.receive(headless(header))
    expect(rig.leg.take()[0]).toMatch(/^SIP\/2\.0 400 /)
    expect(rig.takeReceived()).toEqual([])
    expect(rig.dispatcher.stats()).toMatchObject({ malformed: 1, transactions: { total: 0 } })
  })

  test('an INVITE whose CSeq says OPTIONS is answered 400, and the ACK of that goes no further', () => {
    const rig = new Rig()
    rig.leg.receive(incoming('INVITE', { headers: { CSeq: '1 OPTIONS' } }))
    const refusal = lastResponse(rig)
    expect(refusal.status).toBe(400)
    rig.leg.receive(incoming('ACK', { toTag: refusal.to.tag ?? '' }))
    expect(rig.takeReceived()).toEqual([])
  })

  test('a malformed ACK is never answered', () => {
    const rig = new Rig()
    rig.leg.receive(incoming('ACK', { headers: { CSeq: 'x ACK' } }))
    expect(rig.leg.sent).toEqual([])
  })

  test('what a leg could not parse is answered with the status it names, always with the same To tag', () => {
    const rig = new Rig()
    const error = new SipParseError('SIP/3.0 is not spoken here', { status: 505, request: incoming('OPTIONS') })
    rig.leg.emit('malformed', error, rig.leg.peer(), new Uint8Array())
    rig.leg.emit('malformed', error, rig.leg.peer(), new Uint8Array())
    const [one, two] = rig.leg.sent.map(({ text }) => text)
    expect(one).toMatch(/^SIP\/2\.0 505 /)
    expect(one).toBe(two)
  })

  test('what cannot be answered is dropped and counted', () => {
    const rig = new Rig()
    rig.leg.emit('malformed', new SipParseError('garbage', { status: 0 }), rig.leg.peer(), new Uint8Array())
    expect(rig.leg.sent).toEqual([])
    expect(rig.dispatcher.stats().drops).toEqual({ malformed: 1 })
  })
})
