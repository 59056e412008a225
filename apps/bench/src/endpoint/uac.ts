// A user agent client in a process of its own: INVITE, ACK and BYE, over and over. Arguments: stack, protocol, port of the
// peer on 127.0.0.1.
import { Dispatcher } from '@netsip/dispatcher'
import { Endpoint } from '@netsip/endpoint'
import { listenTcp, listenUdp } from '@netsip/transport/node'
import type { KirmMessage } from 'sip'
import { startSip } from './kirm.ts'
import { done, type Protocol, reportToParent } from './measured.ts'
import { SDP } from './sdp.ts'

const [stack, protocol, port] = process.argv.slice(2) as ['netsip' | 'sip', Protocol, string]
const peer = `sip:service@127.0.0.1:${port}${protocol === 'tcp' ? ';transport=tcp' : ''}`

async function netsip(): Promise<() => void> {
  const listen = protocol === 'udp' ? listenUdp : listenTcp
  const leg = await listen({ host: '127.0.0.1', port: 0 })
  const endpoint = new Endpoint(new Dispatcher({ legs: [leg] }))
  endpoint.on('error', (error) => console.error(error))
  const args = { 'Content-Type': 'application/sdp' }
  return () => {
    endpoint.invite(
      { from: 'sip:bench@127.0.0.1', to: peer },
      (_endpoint, context, error, _status, packet) => {
        if (error) done.failed++
        else if (packet?.type === 'response' && packet.status >= 200) {
          if (packet.cseq.method === 'BYE') done.calls++
          else context.once('established', () => endpoint.newRequest('BYE', context))
        }
      },
      SDP,
      args,
    )
  }
}

async function sip(): Promise<() => void> {
  // It takes no request to a host that is its own address.
  const own = await startSip('127.0.0.2', protocol, () => {})
  const { stack: kirm } = own
  const contact = [{ uri: `sip:bench@127.0.0.2:${own.port};transport=${protocol}` }]
  let number = 0

  function end(answer: KirmMessage): void {
    const { from, to, 'call-id': callId } = answer.headers
    const uri = answer.headers.contact[0]?.uri ?? peer
    const headers = { from, to, 'call-id': callId, via: [] }
    kirm.send({ method: 'ACK', uri, headers: { ...headers, cseq: { method: 'ACK', seq: 1 } } })
    kirm.send({ method: 'BYE', uri, headers: { ...headers, cseq: { method: 'BYE', seq: 2 } } }, ({ status }) => {
      if (status === 200) done.calls++
      else done.failed++
    })
  }

  return () => {
    const id = `${process.pid}-${++number}`
    const headers = {
      from: { uri: 'sip:bench@127.0.0.2', params: { tag: id } },
      to: { uri: peer, params: {} },
      'call-id': `${id}@127.0.0.2`,
      cseq: { method: 'INVITE', seq: 1 },
      contact,
      'max-forwards': 70,
      'content-type': 'application/sdp',
    }
    kirm.send({ method: 'INVITE', uri: peer, headers, content: SDP }, (answer) => {
      if (answer.status >= 300) done.failed++
      else if (answer.status >= 200) end(answer)
    })
  }
}

reportToParent(await (stack === 'sip' ? sip() : netsip()))
process.send?.('ready')
