// A user agent server in a process of its own: 180 and 200 to INVITE, 200 to BYE. Arguments: stack (`none`: only a UDP socket),
// protocol.
import { Dispatcher } from '@netsip/dispatcher'
import { Endpoint } from '@netsip/endpoint'
import { listenTcp, listenUdp } from '@netsip/transport/node'
import { answerBare } from './bare.ts'
import { startSip } from './kirm.ts'
import { done, type Protocol, reportToParent } from './measured.ts'
import { SDP } from './sdp.ts'

async function netsip(protocol: Protocol): Promise<number> {
  const listen = protocol === 'udp' ? listenUdp : listenTcp
  const leg = await listen({ host: '127.0.0.1', port: 0 })
  const endpoint = new Endpoint(new Dispatcher({ legs: [leg] }))
  endpoint.on('error', (error) => console.error(error))
  endpoint.setApplication((_endpoint, context, request) => {
    if (request.method === 'BYE') done.calls++
    if (request.method !== 'INVITE') return
    endpoint.newResponse(context, request.createResponse(180))
    const headers = { 'Content-Type': 'application/sdp' }
    endpoint.newResponse(context, request.createResponse(200, { headers, body: SDP }))
  })
  return leg.local.port
}

async function sip(protocol: Protocol): Promise<number> {
  const { stack, port } = await startSip('127.0.0.1', protocol, (request) => {
    if (request.method === 'BYE') {
      done.calls++
      stack.send(stack.makeResponse(request, 200, 'OK'))
    }
    if (request.method !== 'INVITE') return
    // It has no dialogs: the tag and the Contact are the application's business.
    request.headers.to.params.tag = (done.calls + 1).toString(36)
    const contact = [{ uri: `sip:127.0.0.1:${port};transport=${protocol}` }]
    stack.send(stack.makeResponse(request, 180, 'Ringing', { headers: { contact } }))
    const headers = { contact, 'content-type': 'application/sdp' }
    stack.send(stack.makeResponse(request, 200, 'OK', { headers, content: SDP }))
  })
  return port
}

const [stack, protocol] = process.argv.slice(2) as ['netsip' | 'sip' | 'none', Protocol]
reportToParent()
const start = { netsip, sip, none: answerBare }[stack]
process.send?.(await start(protocol))
