import { parseMessage, type SipRequest } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import { validateRequest } from './validate.ts'

const lines = {
  start: 'INVITE sip:bob@example.com SIP/2.0',
  Via: 'SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKx',
  From: '<sip:a@b>;tag=1',
  To: '<sip:bob@example.com>',
  'Call-ID': 'c',
  CSeq: '1 INVITE',
  'Max-Forwards': '70',
}

/** A request with some lines changed; `null` leaves one out. */
function request(change: Partial<Record<string, string | null>>): SipRequest {
  const { start, ...headers } = { ...lines, ...change }
  const rows = Object.entries(headers).filter(([, value]) => value !== null)
  const message = parseMessage(`${start}\r\n${rows.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`)
  if (message.type !== 'request') throw new Error('not a request')
  return message
}

describe('validateRequest', () => {
  test.each<[string, Partial<Record<string, string | null>>, number | undefined]>([
    ['R044 all as it should be', {}, undefined],
    ['R044 no To', { To: null }, 400],
    ['R044 a To nobody can read', { To: '"Bob <sip:bob@example.com>' }, 400],
    ['R044 no Call-ID', { 'Call-ID': null }, 400],
    ['R044 a CSeq of another method', { CSeq: '1 BYE' }, 400],
    ['R044 a Route nobody can read', { Route: '<sip:p' }, 400],
    ['R044 a From without a tag', { From: '<sip:a@b>' }, 400],
    ['R047 no hop left', { 'Max-Forwards': '0' }, 483],
    ['R047b no Max-Forwards', { 'Max-Forwards': null }, undefined],
    ['R047c too many hops', { 'Max-Forwards': '256' }, 400],
    ['R047c hops that are no number', { 'Max-Forwards': 'many' }, 400],
    ['R077 no branch left', { 'Max-Breadth': '0' }, 440],
    ['R077 a breadth that is no number', { 'Max-Breadth': 'wide' }, 400],
    ['R046 a scheme nobody routes', { start: 'INVITE urn:service:sos SIP/2.0' }, 416],
    ['R050 an option for proxies', { 'Proxy-Require': 'foo' }, 420],
    ['R050 an option for the callee', { Require: 'foo' }, undefined],
    ['R045 a Date nobody can read', { Date: 'yesterday', 'Record-Route': '<nonsense', Contact: '"' }, undefined],
    ['R045 a method nobody knows', { start: 'DANCE sip:bob@example.com SIP/2.0', CSeq: '1 DANCE' }, undefined],
  ])('%s', (_what, change, status) => {
    expect(validateRequest(request(change))?.status).toBe(status)
  })
})
