import { Dispatcher } from '@netsip/dispatcher'
import { SipRequest, type SipResponse } from '@netsip/message'
import { VirtualClock } from '@netsip/runtime/testing'
import { MemoryNetwork } from '@netsip/transport/testing'

const clock = new VirtualClock()
const network = new MemoryNetwork({ clock })
const client = new Dispatcher({ legs: [network.listen({ host: '10.0.0.1' })], clock })
const server = new Dispatcher({ legs: [network.listen({ host: '10.0.0.2' })], clock })
server.setReceiver({
  receive: (packet) => void (packet.type === 'request' && server.deliver(packet.createResponse(200, { toTag: 's' }))),
})

/** The final response; rejects with what `onError` is told, or with the reason of the signal. */
function ask(host: string, signal: AbortSignal): Promise<SipResponse> {
  const headers = { From: '<sip:me@10.0.0.1>;tag=1', To: `<sip:${host}>`, 'Call-ID': client.random.hex(8) }
  const request = new SipRequest({ method: 'OPTIONS', uri: `sip:${host}`, headers: { ...headers, CSeq: '1 OPTIONS' } })
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const delivery = client.deliver(request, {
      onResponse: (response) => void (response.status >= 200 && resolve(response)),
      onError: reject,
      onTerminated: () => signal.removeEventListener('abort', stop),
    })
    // Of a delivery that is cancelled nothing more is told, so we have to.
    const stop = (): void => {
      client.cancelDelivery(delivery)
      reject(signal.reason as Error)
    }
    signal.addEventListener('abort', stop, { once: true })
  })
}

/** Answers 503 from now on, gives what is under way its time (32 s, if every INVITE is answered), and frees all. */
async function stop(dispatcher: Dispatcher): Promise<void> {
  dispatcher.setReceiver(undefined)
  while (dispatcher.stats().transactions.total > 0) {
    await new Promise<void>((resolve) => void dispatcher.clock.setTimer(100, resolve))
  }
  await dispatcher.close({ closeLegs: true })
}

/** In a program of your own: `AbortSignal.timeout(1000)`, which goes by the clock of the machine. */
function within(ms: number): AbortSignal {
  const controller = new AbortController()
  clock.setTimer(ms, () => controller.abort(new Error(`no answer within ${ms} ms`)))
  return controller.signal
}

export const done: Promise<void> = (async () => {
  const say = (what: string): void => console.log(`${clock.monotonic()} ms: ${what}`)
  const tell = (host: string): Promise<void> =>
    ask(host, within(1000)).then(
      ({ status, reason }) => say(`${host} answers ${status} ${reason}`),
      (error: Error) => say(`${host}: ${error.message}`),
    )
  void tell('10.0.0.2')
  void tell('10.0.0.9')
  await clock.advanceAsync(2000)
  void stop(server).then(() => say('the server has stopped'))
  void tell('10.0.0.2')
  await clock.runUntilIdleAsync()
})()
