// A UAS on Endpoint in a process of its own: 180 and 200 to INVITE, 200 to BYE. Arguments: T1 in ms and how many transactions it
// may hold; both have the stack's defaults when left out.
import { Dispatcher, type DispatcherStats } from '@netsip/dispatcher'
import { Endpoint } from '@netsip/endpoint'
import { listenUdp } from '@netsip/transport/node'
import { SDP } from '../endpoint/sdp.ts'
import { answerParent } from './child.ts'

/** What the server says about itself. */
export interface CallServerReport {
  readonly stats: DispatcherStats
  readonly cpuMicros: number
}

const [t1, transactions] = process.argv.slice(2).map(Number)
const leg = await listenUdp({ host: '127.0.0.1', port: 0, receiveBuffer: 4_000_000 })
const dispatcher = new Dispatcher({
  legs: [leg],
  ...(t1 === undefined ? {} : { timers: { t1 } }),
  ...(transactions === undefined ? {} : { limits: { transactions, perSource: transactions, retryAfter: 1 } }),
})
const endpoint = new Endpoint(dispatcher)
endpoint.on('error', (error) => console.error(error))
endpoint.setApplication((_endpoint, context, request) => {
  if (request.method !== 'INVITE') return
  endpoint.newResponse(context, request.createResponse(180))
  const headers = { 'Content-Type': 'application/sdp' }
  endpoint.newResponse(context, request.createResponse(200, { headers, body: SDP }))
})

answerParent(leg.local.port, (): CallServerReport => {
  const { user, system } = process.cpuUsage()
  return { stats: dispatcher.stats(), cpuMicros: user + system }
})
