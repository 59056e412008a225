import { DigestVerifier } from '@netsip/auth'
import { Dispatcher } from '@netsip/dispatcher'
import { Endpoint, type Application } from '@netsip/endpoint'
import { dnsResolver, listenTcp } from '@netsip/transport/node'

const sdp = (way: string): string =>
  `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\na=${way}\r\n`
const described = { 'Content-Type': 'application/sdp' }

const passwords = new Map([['alice', { password: 'secret' }]])

/** Asks for a password, answers calls, and tells of holds: an INVITE with a To tag is one within a call. */
function answering(): Application {
  const verifier = new DigestVerifier({ realm: 'example.com', lookup: (user) => passwords.get(user) })
  return async (endpoint, ctx, request) => {
    if (request.method !== 'INVITE') return
    const checked = request.to.tag ? undefined : await verifier.verify(request, 'www')
    if (checked?.ok === false) return endpoint.newResponse(ctx, checked.response)
    const held = request.text.includes('a=sendonly')
    console.log(held ? 'bob is held' : 'bob is called')
    const body = sdp(held ? 'recvonly' : 'sendrecv')
    endpoint.newResponse(ctx, request.createResponse(200, { headers: described, body }))
  }
}

async function main(): Promise<void> {
  // UDP, TLS and WebSocket are listenUdp(), listenTls() and listenWs(); one dispatcher takes several legs.
  const [here, there] = [
    await listenTcp({ host: '127.0.0.1', port: 0 }),
    await listenTcp({ host: '127.0.0.1', port: 0 }),
  ]
  const alice = new Endpoint(new Dispatcher({ legs: [here], resolver: dnsResolver() }))
  const bob = new Endpoint(new Dispatcher({ legs: [there], resolver: dnsResolver() }))
  for (const endpoint of [alice, bob]) endpoint.on('error', (error) => console.log(error))
  bob.setApplication(answering())

  const to = `sip:bob@127.0.0.1:${there.local.port};transport=tcp`
  const refused = alice.invite({ from: 'sip:alice@example.com', to, auth: ['alice', 'guess'] }, null, sdp('sendrecv'))
  await refused.outcome.catch((error) => console.log(error.code, error.status))

  const call = alice.invite({ from: 'sip:alice@example.com', to, auth: ['alice', 'secret'] }, null, sdp('sendrecv'), {
    signal: AbortSignal.timeout(30_000), // cancels the call, or hangs it up
  })
  await call.outcome
  const { response } = await call.newRequest('INVITE', null, sdp('sendonly')).outcome
  console.log(/a=(\w+)/.exec(response.text)?.[1])
  await call.hangUp()
  console.log(call.state)

  for (const endpoint of [alice, bob]) {
    await endpoint.close()
    await endpoint.dispatcher.close({ closeLegs: true })
  }
}

export const done: Promise<void> = main()
