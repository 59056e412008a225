import { Dispatcher } from '@netsip/dispatcher'
import { type Context, type ContextCallback, Endpoint } from '@netsip/endpoint'
import type { SipMessage, SipRequest } from '@netsip/message'
import { isSipError } from '@netsip/runtime'
import { VirtualClock } from '@netsip/runtime/testing'
import { MemoryNetwork } from '@netsip/transport/testing'

/** What the endpoint sees to: it answers each of them, and a call that has ended is closed. */
const byItself = ({ method, body }: SipRequest): boolean =>
  ['ACK', 'BYE', 'CANCEL', 'PRACK', 'OPTIONS'].includes(method) || (method === 'UPDATE' && body.length === 0)

const typeOf = ({ contentType }: SipMessage): Record<string, string> =>
  contentType === undefined ? {} : { 'Content-Type': contentType }

/** Passes every call on to `target` as a call of its own, and what is asked in the one to the other. */
function passOn(endpoint: Endpoint, target: string): void {
  const others = new WeakMap<Context, Context>()
  endpoint.setApplication((_endpoint, ctx, request) => {
    if (byItself(request)) return
    const other = others.get(ctx)
    // What the other side answers is our answer, unless who has asked is gone meanwhile.
    const answer: ContextCallback = (_endpoint, _other, error, _status, packet) => {
      if (ctx.state === 'closed' || packet?.type === 'request') return
      if (packet === undefined) {
        endpoint.newResponse(ctx, request.createResponse(error?.code === 'ERR_SIP_TIMEOUT' ? 408 : 503))
      } else if (packet.cseq.method === request.method) {
        const { status, reason, body } = packet
        endpoint.newResponse(ctx, request.createResponse(status, { reason, headers: typeOf(packet), body }))
      }
    }
    try {
      const to = other ?? { from: request.from.uri, to: target }
      // A 491 is for who has asked: that side tries again.
      const args = { ...typeOf(request), glare: 'fail' } as const
      const made = endpoint.newRequest(request.method, to, answer, request.body, args)
      if (other !== undefined) return
      others.set(ctx, made).set(made, ctx)
      // Whoever goes, by BYE, CANCEL, a refusal or for lack of an answer, takes the other along.
      ctx.on('close', () => made.hangUp())
      made.on('close', () => ctx.hangUp())
    } catch (error) {
      // Both have asked at once (RFC 3261 14.1).
      if (!isSipError(error) || error.code !== 'ERR_SIP_STATE') throw error
      endpoint.newResponse(ctx, request.createResponse(491))
    }
  })
}

const clock = new VirtualClock()
const hosts = { alice: '10.0.0.1', b2bua: '10.0.0.2', bob: '10.0.0.3' }
const network = new MemoryNetwork({ clock, delay: 10, hosts })
const at = (host: string, ...protocols: ('udp' | 'tcp')[]): Endpoint =>
  new Endpoint(new Dispatcher({ legs: protocols.map((protocol) => network.listen({ host, protocol })), clock }))

async function main(): Promise<void> {
  const alice = at(hosts.alice, 'tcp')
  passOn(at(hosts.b2bua, 'tcp', 'udp'), `sip:bob@${hosts.bob}`)
  const bob = at(hosts.bob, 'udp')
  bob.setApplication((endpoint, ctx, request) => {
    if (request.method !== 'INVITE') return
    if (request.to.tag === undefined) endpoint.newResponse(ctx, request.createResponse(180))
    endpoint.newResponse(ctx, request.createResponse(200))
  })

  const ctx = alice.invite({ from: 'sip:alice@10.0.0.1', to: `sip:bob@${hosts.b2bua};transport=tcp` })
  await clock.advanceAsync(1000)
  ctx.newRequest('INVITE') // as a hold would be
  await clock.advanceAsync(1000)
  alice.newRequest('BYE', ctx)
  await clock.advanceAsync(1000)
  console.log(String(network.ladder))
}

export const done: Promise<void> = main()
