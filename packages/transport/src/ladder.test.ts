import type { TraceEvent } from '@netsip/runtime'
import { expect, test } from 'vitest'
import { formatLadder } from './ladder.ts'

function traced(time: number, direction: 'in' | 'out', local: string, remote: string, text: string): TraceEvent {
  return { time, direction, protocol: 'udp', local, remote, bytes: new TextEncoder().encode(text) }
}

const invite = 'INVITE sip:bob@b SIP/2.0\r\nCSeq: 1 INVITE\r\n\r\n'
const ringing = 'SIP/2.0 180 Ringing\r\nCSeq: 1 INVITE\r\n\r\n'
const byeOk = 'SIP/2.0 200 OK\r\nCSeq: 2 BYE\r\n\r\n'
const [alice, bob] = ['192.0.2.1:5060', '[2001:db8::2]:5060']

test('formatLadder draws one line a message, names and times', () => {
  const events = [
    traced(1000, 'out', alice, bob, invite),
    traced(1012, 'in', bob, alice, invite),
    traced(1020, 'in', alice, bob, ringing),
    { ...traced(2500, 'out', alice, bob, byeOk), lost: 'loss' },
    traced(2600, 'out', alice, bob, 'nonsense'),
  ]
  expect(formatLadder(events, { '192.0.2.1': 'alice', [bob]: 'bob' })).toBe(
    `
             alice                bob
    0.000 s    |----- INVITE ----->|
    0.020 s    |<-- 180 Ringing ---|
    1.500 s    |-- 200 OK (BYE) --x|  loss
    1.600 s    |----- 8 bytes ---->|`.slice(1),
  )
})

test('formatLadder of nothing is nothing much', () => {
  expect(formatLadder([]).trim()).toBe('')
})

test('formatLadder leaves the times out when told to', () => {
  const events = [traced(1000, 'out', alice, bob, invite), traced(1020, 'in', alice, bob, ringing)]
  expect(formatLadder(events, { '192.0.2.1': 'alice', [bob]: 'bob' }, { times: false })).toBe(
    `
 alice                bob
   |----- INVITE ----->|
   |<-- 180 Ringing ---|`.slice(1),
  )
})
