// The process that call.bench.ts measures: an Endpoint that answers every INVITE with 200.
import { Dispatcher } from '@netsip/dispatcher'
import { Endpoint } from '@netsip/endpoint'
import { listenUdp } from '@netsip/transport/node'
import type { ServerReport } from './call.bench.ts'

const leg = await listenUdp({ host: '127.0.0.1', port: 0 })
const endpoint = new Endpoint(new Dispatcher({ legs: [leg] }))
let calls = 0
endpoint.setApplication((_endpoint, context, request, from, source) => {
  if (request.method !== 'INVITE') return
  calls++
  endpoint.newResponse(context, request.createResponse(200), from, source)
})

process.on('message', () => {
  const { user, system } = process.cpuUsage()
  const report: ServerReport = { cpuMicros: user + system, rssBytes: process.memoryUsage().rss, calls }
  process.send?.(report)
})
process.on('disconnect', () => process.exit(0))
process.send?.(leg.local.port)
