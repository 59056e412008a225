import { SipRequest } from '@netsip/message'
import type { Leg, LegEvents, Target } from '../leg/leg.ts'
import type { SipError } from '@netsip/runtime'

let serial = 0

/** A request with a Via of its own, for tests that write to sockets themselves. */
export function optionsFrom(via: string, body = ''): SipRequest {
  const id = ++serial
  return new SipRequest({
    method: 'OPTIONS',
    uri: 'sip:bob@example.com',
    headers: {
      Via: `${via};branch=z9hG4bKt${id}`,
      From: '<sip:alice@example.com>;tag=1',
      To: '<sip:bob@example.com>',
      'Call-ID': `${id}@test`,
      CSeq: `${id} OPTIONS`,
      'Max-Forwards': 70,
    },
    body,
  })
}

export function next<Name extends keyof LegEvents>(leg: Leg, name: Name): Promise<LegEvents[Name]> {
  return new Promise((resolve) => leg.once(name, (...args) => resolve(args)))
}

export function failureOf(leg: Leg, bytes: Uint8Array, target: Target): Promise<SipError> {
  return new Promise((resolve) => leg.send(bytes, target, { onSendError: resolve }))
}
