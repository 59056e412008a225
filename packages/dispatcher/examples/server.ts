import { Dispatcher } from '@netsip/dispatcher'
import { SipRequest, type SipResponse } from '@netsip/message'
import type { TraceEvent } from '@netsip/runtime'
import { formatLadder, staticResolver } from '@netsip/transport'
import { listenTcp, listenUdp } from '@netsip/transport/node'

const here = { host: '127.0.0.1', port: 0 }
const allow = ['OPTIONS', 'MESSAGE']
const seen: TraceEvent[] = []

/** Takes texts over UDP and TCP. One of your own listens at 5060, with listenTls and listenWs beside them. */
async function serve(): Promise<Dispatcher> {
  const server = new Dispatcher({
    legs: [await listenUdp(here), await listenTcp(here)],
    limits: { transactions: 10_000, retryAfter: 2 },
    // The octets may be those of the socket's buffer: whoever keeps them copies them.
    tracer: (event) => seen.push({ ...event, bytes: event.bytes.slice() }),
  })
  server.on('drop', (reason, source) => console.log('dropped:', reason, source?.addr))
  server.on('error', (error) => console.log('failed:', error.message))
  server.setReceiver({
    receive(packet, leg) {
      if (packet.type === 'response' || packet.method === 'ACK') return
      const status = allow.includes(packet.method) ? 200 : 405
      if (packet.method === 'MESSAGE') console.log(`over ${leg.protocol}: ${packet.text}`)
      const response = packet.createResponse(status, { toTag: server.random.hex(8) })
      response.allow = allow
      server.deliver(response)
    },
  })
  return server
}

/** The final response; rejects with the SipError that `onError` is told of. */
function ask(client: Dispatcher, method: string, uri: string, body = ''): Promise<SipResponse> {
  const headers = { From: '<sip:me@client.example>;tag=1', To: `<${uri}>`, 'Call-ID': client.random.hex(8) }
  const request = new SipRequest({ method, uri, headers: { ...headers, CSeq: `1 ${method}` }, body })
  if (body) request.contentType = 'text/plain'
  return new Promise((resolve, onError) => {
    client.deliver(request, { onResponse: (response) => response.status >= 200 && resolve(response), onError })
  })
}

export const done: Promise<void> = (async () => {
  const server = await serve()
  const [udp, tcp] = server.legs.map((leg) => leg.local.port) as [number, number]
  const addr = '127.0.0.1'
  const resolver = staticResolver({
    'inbox.example': { addr, port: udp },
    // Nobody listens at port 1: what is sent there goes on to the next.
    'backup.example': [1, tcp].map((port) => ({ addr, port, protocol: 'tcp' as const })),
  })
  const client = new Dispatcher({ legs: [await listenUdp(here), await listenTcp(here)], resolver })

  await ask(client, 'MESSAGE', 'sip:inbox.example', 'lunch?')
  await ask(client, 'MESSAGE', 'sip:backup.example', 'or dinner?')
  console.log('may we publish?', (await ask(client, 'PUBLISH', 'sip:inbox.example')).reason)
  await ask(client, 'OPTIONS', 'sip:elsewhere.example').catch((error) => console.log(error.code, error.message))

  const names = { [`127.0.0.1:${udp}`]: 'server', [`127.0.0.1:${tcp}`]: 'server', '127.0.0.1': 'client' }
  console.log(formatLadder(seen, names, { times: false }))
  console.log('requests in:', JSON.stringify(server.stats().requests.in), 'failovers:', client.stats().failovers)
  for (const one of [client, server]) await one.close({ closeLegs: true })
})()
