import { Dispatcher } from '@netsip/dispatcher'
import { type Context, Endpoint } from '@netsip/endpoint'
import { memoryBackend, type MediaBackend } from '@netsip/media'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Call } from './call.ts'
import { sdpType } from './sdp-body.ts'
import { PhoneLab } from '../testing/phones.ts'

/** A backend that takes no offer while one of its own is open, as RTCPeerConnection does. */
function oneOfferAtATime(backend: MediaBackend): MediaBackend {
  return {
    async createSession(options) {
      const session = await backend.createSession(options)
      const createOffer = session.createOffer.bind(session)
      const acceptAnswer = session.acceptAnswer.bind(session)
      const acceptOffer = session.acceptOffer.bind(session)
      const rollback = session.rollback.bind(session)
      let open = false
      return Object.assign(session, {
        createOffer() {
          open = true
          return createOffer()
        },
        acceptAnswer(sdp: string) {
          open = false
          acceptAnswer(sdp)
        },
        async acceptOffer(sdp: string) {
          if (open) throw new Error('an offer of ours is open')
          return acceptOffer(sdp)
        },
        rollback() {
          open = false
          rollback()
        },
      })
    },
  }
}

const sound = (version: number, direction: string): string =>
  [
    'v=0',
    `o=- 1 ${version} IN IP4 10.0.0.2`,
    's=-',
    'c=IN IP4 10.0.0.2',
    't=0 0',
    'm=audio 40000 RTP/AVP 0',
    `a=${direction}`,
    '',
  ].join('\r\n')

describe('a hold that the peer refuses', () => {
  let lab: PhoneLab
  let call: Call
  let bob: Endpoint
  let bobs: Context

  beforeEach(async () => {
    lab = new PhoneLab()
    const { clock, random, packets } = lab
    const media = oneOfferAtATime(memoryBackend(packets, { host: '10.0.0.1', clock, random }))
    const alice = await lab.phone('alice', '10.0.0.1', { media })
    bob = new Endpoint(new Dispatcher({ clock, random, legs: [lab.network.listen({ host: '10.0.0.2' })] }))
    bob.setApplication((endpoint, ctx, request, leg, from) => {
      bobs = ctx
      if (request.method !== 'INVITE') return
      const answer = { headers: { 'Content-Type': sdpType }, body: sound(1, 'sendrecv') }
      const response = request.to.tag === undefined ? request.createResponse(200, answer) : request.createResponse(488)
      endpoint.newResponse(ctx, response, leg, from)
    })
    call = await lab.until(alice.call('sip:bob@10.0.0.2'))
    await lab.until(call.answered)
  })
  afterEach(async () => {
    await lab.until(call.hangup())
    const left = await lab.close()
    await lab.until(bob.close())
    if (left.timers + left.packetSockets > 0) throw new Error(`left over: ${JSON.stringify(left)}`)
  })

  async function reinvite(version: number, direction: string): Promise<string> {
    const headers = { 'Content-Type': sdpType, dialog: bobs.dialogs[0]! }
    bob.invite(bobs, undefined, sound(version, direction), headers)
    return (await lab.until(bobs.outcome)).response.text
  }

  test('D173 leaves no offer of ours open: the next one of the peer is answered', async () => {
    const refused = await lab.until(call.hold().catch((error: unknown) => error))
    expect(refused).toMatchObject({ name: 'CallError', status: 488 })
    expect([call.state, call.held]).toEqual(['answered', false])
    expect(await reinvite(2, 'sendonly')).toMatch(/^a=recvonly\r$/m)
    expect(call.heldByPeer).toBe(true)
    expect(await reinvite(3, 'sendrecv')).toMatch(/^a=sendrecv\r$/m)
    expect(call.heldByPeer).toBe(false)
  })
})
