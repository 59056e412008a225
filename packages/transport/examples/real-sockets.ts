import { SipRequest } from '@netsip/message'
import { responseTarget, targetAt, type Leg, type Target } from '@netsip/transport'
import { listenTcp, listenUdp } from '@netsip/transport/node'

const here = { host: '127.0.0.1', port: 0 }

/** Asks itself over one transport, and says what came back. */
async function ask(leg: Leg): Promise<void> {
  const answered = new Promise<void>((resolve) => {
    leg.on('message', (message, source) => {
      if (message.type === 'request') {
        const response = message.createResponse(200)
        leg.send(response.toBytes(), responseTarget(response, source) as Target)
      } else {
        console.log(
          leg.protocol,
          message.status,
          message.reason,
          '- we were seen at',
          message.via?.received ?? 'our Via',
        )
        resolve()
      }
    })
  })
  const target = targetAt(leg.protocol, '127.0.0.1', leg.local.port)
  const options = new SipRequest({
    method: 'OPTIONS',
    uri: leg.contact('me'),
    headers: { From: '<sip:me@127.0.0.1>;tag=1', To: '<sip:me@127.0.0.1>', 'Call-ID': '1', CSeq: '1 OPTIONS' },
  })
  options.pushVia(leg.via('z9hG4bK1', target))
  leg.send(options.toBytes(), target, { onSendError: (error) => console.log(error.code, error.message) })
  await answered
  await leg.close()
}

export const done: Promise<void> = (async () => {
  await ask(await listenUdp(here))
  await ask(await listenTcp(here))
  const leg = await listenUdp(here)
  const taken = await listenUdp({ ...here, port: leg.local.port }).catch((error) => error)
  console.log(taken.code, taken.cause.code)
  await leg.close()
})()
