import type { SipMessage, SipRequest } from '@netsip/message'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Context } from '../context/context.ts'
import { mutations } from '../testing/hostile.ts'
import { rawRequest } from '../testing/messages.ts'
import { aftermath, NOTHING, rawCall, sendText, type UnderFire, underFire } from '../testing/under-fire.ts'

/** Bob does what he is asked for, except that one call rings on. */
function obliges({ bob }: UnderFire): void {
  const { endpoint } = bob
  bob.serve((ctx, request) => {
    if (request.method === 'INVITE') {
      const rings = request.callId === 'ringing' && request.to.tag === undefined
      if (!rings) return bob.respond(ctx, request, 200, 'v=0\r\n')
      return endpoint.newResponse(ctx, request.createResponse(183, { headers: { Require: '100rel' }, body: 'v=0\r\n' }))
    }
    if (request.method === 'SUBSCRIBE') return endpoint.acceptSubscription(ctx, request).notify({ body: 'state' })
    if (request.method === 'REFER') return endpoint.acceptRefer(ctx, request).report(200)
    if (request.method !== 'ACK' && request.method !== 'BYE') bob.respond(ctx, request, 200)
  })
}

/** Requests of Bob that wait for an answer of the peer without a stack, in its call and out of it. */
async function asks({ bob, raw, world }: UnderFire, up: Context): Promise<SipRequest[]> {
  const to = { from: bob.uri, to: raw.uri }
  bob.endpoint.newRequest('INFO', up)
  const contexts: Context[] = [
    bob.endpoint.invite(up, undefined, 'v=0\r\n'),
    bob.endpoint.invite(to, undefined, 'v=0\r\n'),
    bob.endpoint.invite({ ...to, auth: ['bob', 'secret'] }, undefined, 'v=0\r\n', { Require: '100rel' }),
    bob.endpoint.newRequest('MESSAGE', to, undefined, 'hello'),
    bob.endpoint.register({ registrar: raw.uri, from: bob.uri, contact: bob.uri, auth: ['bob', 'secret'] }),
  ]
  for (const ctx of contexts) ctx.outcome.catch(() => undefined)
  bob.endpoint.subscribe(to, { event: 'presence' })
  bob.endpoint.refer(to, 'sip:carol@10.0.0.3')
  const kept = { registrar: raw.uri, from: 'sip:kept@10.0.0.2', contact: bob.uri }
  void bob.endpoint
    .keepRegistered(kept)
    .register()
    .catch(() => undefined)
  await world.pass(20)
  return raw.got.filter((one) => one.type === 'request')
}

/** What the peer could rightly send next: each is sent as it is, or with something wrong in it. */
function rightly({ bob, raw }: UnderFire, toTag: string, ringingTag: string, asked: readonly SipRequest[]): string[] {
  const headers = {
    Event: 'presence',
    'Subscription-State': 'active;expires=100',
    'Refer-To': '<sip:carol@10.0.0.3>',
    'Content-Type': 'application/sdp',
    'Session-Expires': '90',
    Supported: 'timer, replaces, 100rel',
    RAck: '1 1 INVITE',
  }
  const body = 'v=0\r\n'
  const methods = [
    'INVITE',
    'ACK',
    'BYE',
    'UPDATE',
    'PRACK',
    'INFO',
    'REFER',
    'NOTIFY',
    'SUBSCRIBE',
    'MESSAGE',
    'OPTIONS',
  ]
  const requests = methods.flatMap((method, n) => [
    rawRequest(raw, method, bob.uri, { callId: 'up', seq: 11 + n, toTag, headers, body }),
    rawRequest(raw, method, bob.uri, { callId: 'ringing', seq: 11 + n, toTag: ringingTag, headers, body }),
    rawRequest(raw, method, bob.uri, { callId: `new ${n}`, headers, body }),
  ])
  const notifies = asked.map(({ callId, from }) =>
    rawRequest(raw, 'NOTIFY', bob.uri, { callId, fromTag: 'r', toTag: from.tag ?? '', headers }),
  )
  const invite = rawRequest(raw, 'INVITE', bob.uri, { callId: 'ringing', seq: 10, branch: 'z9hG4bKringing' })
  const responses = asked.flatMap((request) =>
    [100, 180, 200, 302, 401, 407, 423, 486, 491, 503].map((status) => {
      const challenge = 'Digest realm="r", nonce="n", algorithm=MD5, qop="auth"'
      const Contact = '<sip:r@10.0.0.1>;expires=60'
      const more = { 'WWW-Authenticate': challenge, 'Proxy-Authenticate': challenge, 'Min-Expires': 100, RSeq: 1 }
      return request.createResponse(status, { toTag: 'r', headers: { Contact, Require: '100rel', ...more } })
    }),
  )
  return [...requests, ...notifies, invite.createCancel(), ...responses].map((message: SipMessage) =>
    message.toString(),
  )
}

/** Reported as what is wrong with a message, and not as a mistake of ours. */
const isCoded = (error: unknown): boolean => String((error as { code?: unknown }).code).startsWith('ERR_SIP_')

const shots = fc.array(fc.record({ which: fc.nat(), change: mutations, pause: fc.constantFrom(0, 0, 1, 600, 9000) }), {
  minLength: 1,
  maxLength: 25,
})

test('whatever a peer sends, in its calls and out of them: other calls work on, and nothing is left of it', async () => {
  await fc.assert(
    fc.asyncProperty(shots, async (list) => {
      const fire = await underFire({ sessionExpires: 90 })
      const { world, bob, raw } = fire
      obliges(fire)
      const toTag = await rawCall(fire, 'up')
      const up = bob.last('INVITE').ctx
      const rings = { callId: 'ringing', seq: 10, branch: 'z9hG4bKringing', headers: { Supported: '100rel' } }
      raw.send(rawRequest(raw, 'INVITE', bob.uri, rings), 'bob')
      await world.pass(20)
      const ringingTag = raw.responses().at(-1)?.to.tag ?? ''
      const right = rightly(fire, toTag, ringingTag, await asks(fire, up))
      const texts = list.map(({ which, change }) => change(right[which % right.length] ?? ''))
      for (const [n, { pause }] of list.entries()) {
        sendText(raw, texts[n] ?? '')
        await world.pass(pause)
      }
      const remains = await aftermath(fire)
      expect(bob.errors.filter((error) => !isCoded(error)).map(String), texts.join('\n----\n')).toEqual([])
      expect(remains, texts.join('\n----\n')).toEqual(NOTHING)
    }),
    { numRuns: 60, seed: 4 },
  )
})
