import type { SipRequest, SipResponse } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import type { KeepAck, SentAck } from './kept-ack.ts'
import { Rig, request } from '../testing/rig.ts'

/** What an heir was called with: the To tag of the 2xx, and those of the ACKs. */
interface Heard {
  readonly tag: string | undefined
  readonly acks: (string | undefined)[]
  readonly keep: KeepAck
}

interface Call {
  readonly rig: Rig
  readonly heard: Heard[]
  /** A response to the INVITE arrives. */
  readonly answer: (tag: string, status?: number, change?: (response: SipResponse) => void) => void
  readonly live: () => number
}

const ackOf = (tag: string): SentAck => ({ request: request('ACK', { toTag: tag }) })

function fail(): never {
  throw new Error('bug')
}

/** An INVITE that was answered and acknowledged, and whose user has gone after so many ms. */
function letGo({ after = 0, acks = [ackOf('one')] }: { after?: number; acks?: SentAck[] } = {}): Call {
  const rig = new Rig()
  const heard: Heard[] = []
  const delivery = rig.send('INVITE')
  const invite = rig.leg.lastRequest()
  const answer: Call['answer'] = (tag, status = 200, change = () => {}) => {
    const response = invite.createResponse(status, { toTag: tag })
    change(response)
    rig.leg.receive(response)
  }
  answer('one')
  rig.clock.advance(after)
  const heir = {
    receive: (response: SipResponse, _leg: unknown, _from: unknown, kept: readonly SentAck[], keep: KeepAck) =>
      void heard.push({ tag: response.to.tag, acks: kept.map((ack) => ack.request.to.tag), keep }),
  }
  expect(rig.dispatcher.passOn(delivery, heir, acks)).toBe(acks.length > 0)
  expect(rig.takeEvents()).toEqual([200])
  return { rig, heard, answer, live: () => rig.dispatcher.stats().transactions.total }
}

describe('an accepted INVITE that was let go of', () => {
  test('X014 hands every 2xx to its heir with the ACKs, and absorbs what else comes', () => {
    const { rig, heard, answer } = letGo({ acks: [ackOf('one'), ackOf('two')] })
    answer('one')
    answer('three')
    answer('one', 180)
    answer('four', 486)
    expect(heard.map(({ tag, acks }) => [tag, acks])).toEqual([
      ['one', ['one', 'two']],
      ['three', ['one', 'two']],
    ])
    expect([rig.takeEvents(), rig.takeReceived(), rig.dispatcher.stats().drops]).toEqual([[], [], {}])
  })

  test('stays until timer M, which its 2xx started, and is counted as long', () => {
    const { rig, heard, answer, live } = letGo({ after: 10_000 })
    expect([rig.state('client', 'invite'), live()]).toEqual(['Accepted', 1])
    rig.clock.advance(21_999)
    answer('one')
    expect([heard.length, live()]).toEqual([1, 1])
    rig.clock.advance(1)
    answer('one')
    expect([heard.length, live(), rig.dispatcher.stats().drops]).toEqual([1, 0, { 'stray-response': 1 }])
    expect([rig.clock.pending, rig.takeEvents()]).toEqual([0, []])
  })

  test('takes in the ACK of another fork, and is found by it from then on', () => {
    const { rig, heard, answer, live } = letGo()
    answer('two')
    heard[0]?.keep(ackOf('two'))
    answer('two')
    expect(heard[1]?.acks).toEqual(['one', 'two'])
    rig.clock.runUntilIdle()
    expect(live()).toBe(0)
  })

  test('T039 X049 is told nothing by a response of another call, caller or sent-by', () => {
    const { rig, heard, answer } = letGo()
    answer('one', 200, (response) => (response.callId = 'guessed'))
    answer('one', 200, (response) => (response.from = response.from.with({ tag: 'guessed' })))
    answer('one', 200, (response) =>
      response.headers.set('Via', response.via?.with({ host: '198.51.100.1' }).toString() ?? ''),
    )
    expect([heard, rig.dispatcher.stats().drops]).toEqual([[], { 'forged-response': 3 }])
  })

  test('an heir that throws is reported', () => {
    const rig = new Rig()
    const delivery = rig.send('INVITE')
    const invite = rig.leg.lastRequest()
    rig.leg.receive(invite.createResponse(200, { toTag: 'one' }))
    rig.dispatcher.passOn(delivery, { receive: fail }, [ackOf('one')])
    rig.leg.receive(invite.createResponse(200, { toTag: 'one' }))
    expect(rig.errors.map(({ message }) => message)).toEqual(['bug'])
  })

  test('without an ACK, or a 2xx, it is not let go of', () => {
    const { rig, answer } = letGo({ acks: [] })
    answer('one')
    expect(rig.takeEvents()).toEqual([200])
    const ringing = rig.send('INVITE')
    expect(rig.dispatcher.passOn(ringing, { receive: () => {} }, [ackOf('one')])).toBe(false)
  })

  test('closing forgets it', async () => {
    const { rig, live } = letGo()
    await rig.dispatcher.close()
    expect([live(), rig.clock.pending]).toEqual([0, 0])
  })
})

function answered(rig: Rig): SipRequest {
  rig.send('OPTIONS', { onTerminated: undefined })
  const sent = rig.leg.lastRequest()
  rig.leg.receive(sent.createResponse(200, { toTag: 'x' }))
  expect(rig.takeEvents()).toEqual([200])
  return sent
}

describe('a request other than INVITE that was answered, and whose end nobody asked for', () => {
  test('is over: a copy of its answer is dropped', () => {
    const rig = new Rig()
    const sent = answered(rig)
    expect([rig.dispatcher.stats().transactions.total, rig.clock.pending]).toEqual([0, 0])
    rig.leg.receive(sent.createResponse(200, { toTag: 'x' }))
    expect([rig.takeEvents(), rig.dispatcher.stats().drops]).toEqual([[], { 'stray-response': 1 }])
  })

  test('absorbs copies until timer K where stray responses are passed on', () => {
    const rig = new Rig('udp', { passStrayResponses: true })
    const sent = answered(rig)
    rig.clock.advance(4999)
    rig.leg.receive(sent.createResponse(200, { toTag: 'x' }))
    expect([rig.takeEvents(), rig.takeReceived()]).toEqual([[], []])
    rig.clock.advance(1)
    rig.leg.receive(sent.createResponse(200, { toTag: 'x' }))
    expect(rig.takeReceived()).toEqual(['200'])
  })
})
