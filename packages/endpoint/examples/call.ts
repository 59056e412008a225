import { Dispatcher } from '@netsip/dispatcher'
import { Endpoint } from '@netsip/endpoint'
import { VirtualClock } from '@netsip/runtime/testing'
import { MemoryNetwork } from '@netsip/transport/testing'

// Two endpoints on a network in memory; the example below has them on a real one.
const clock = new VirtualClock()
const network = new MemoryNetwork({ clock, delay: 10, hosts: { alice: '10.0.0.1', bob: '10.0.0.2' } })
const alice = new Endpoint(new Dispatcher({ legs: [network.listen({ host: '10.0.0.1' })], clock }))
const bob = new Endpoint(new Dispatcher({ legs: [network.listen({ host: '10.0.0.2' })], clock }))

// Bob takes every call after a second of ringing. ACK and BYE come here too and need no answer.
bob.setApplication((endpoint, ctx, request) => {
  console.log(`bob is handed ${request.method}`)
  if (request.method !== 'INVITE') return
  endpoint.newResponse(ctx, request.createResponse(180))
  clock.setTimer(1000, () => endpoint.newResponse(ctx, request.createResponse(200)))
})

async function main(): Promise<void> {
  const ctx = alice.invite({ from: 'sip:alice@10.0.0.1', to: 'sip:bob@10.0.0.2' }, (_endpoint, _ctx, error, status) => {
    console.log(`alice hears ${status ?? error?.code}`)
  })
  await clock.advanceAsync(2000)
  const { dialog } = await ctx.outcome
  console.log(`the call is ${ctx.state}, with ${String(dialog?.remoteTarget)}`)

  alice.newRequest('BYE', ctx)
  await clock.advanceAsync(100)
  console.log(`the call is ${ctx.state}`)
  console.log(String(network.ladder))
}

export const done: Promise<void> = main()
