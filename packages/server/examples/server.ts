import { authorize } from '@netsip/auth'
import { Dispatcher } from '@netsip/dispatcher'
import { SipRequest, type SipResponse } from '@netsip/message'
import { createServer } from '@netsip/server'
import { listenUdp } from '@netsip/transport/node'

function register(seq: number): SipRequest {
  return new SipRequest({
    method: 'REGISTER',
    uri: 'sip:127.0.0.1',
    headers: {
      From: '<sip:alice@127.0.0.1>;tag=1',
      To: '<sip:alice@127.0.0.1>',
      'Call-ID': 'example',
      CSeq: `${seq} REGISTER`,
      Contact: '<sip:alice@192.0.2.1>',
    },
  })
}

async function main(): Promise<void> {
  // The server: a registrar and a proxy for one domain, with digest accounts. A real one listens on port 5060, on TCP too.
  const dispatcher = new Dispatcher({ legs: [await listenUdp({ host: '127.0.0.1', port: 0 })] })
  const server = createServer({ dispatcher, domains: ['127.0.0.1'], accounts: { alice: 'secret' } })
  server.store.onChange(({ type, binding }) => console.log(type, binding.aor))

  // A user agent registers: it is asked for its password, and answers.
  const client = new Dispatcher({ legs: [await listenUdp({ host: '127.0.0.1', port: 0 })] })
  const hop = `127.0.0.1:${dispatcher.legs[0]?.local.port}`
  const send = (request: SipRequest): Promise<SipResponse> =>
    new Promise((onResponse, onError) => void client.deliver(request, { hop, onResponse, onError }))
  const challenge = await send(register(1))
  console.log(challenge.status, challenge.reason)
  const answer = register(2)
  await authorize(answer, challenge, ['alice', 'secret'])
  const accepted = await send(answer)
  console.log(accepted.status, accepted.headers.get('Contact'))

  server.close()
  await Promise.all([client.close({ closeLegs: true }), dispatcher.close({ closeLegs: true })])
}

export const done: Promise<void> = main()
