// The server that faults.ts attacks, in a process of its own: an Endpoint on UDP, TCP and TLS with nothing but defaults, which
// answers OPTIONS and takes every call. Argument: another bound on transactions.
import { Dispatcher } from '@netsip/dispatcher'
import { Endpoint } from '@netsip/endpoint'
import { listenTcp, listenTls, listenUdp } from '@netsip/transport/node'
import { loopbackCertificate, loopbackKey } from '@netsip/transport/testing'
import { SDP } from '../endpoint/sdp.ts'
import { answerParent } from './child.ts'

/** Where it listens. */
export interface FaultServerPorts {
  readonly udp: number
  readonly tcp: number
  readonly tls: number
}

/** What it says about itself; bytes. */
export interface FaultServerReport {
  readonly rss: number
  /** The most there ever was. */
  readonly peakRss: number
  /** What is alive on the heap and in buffers. */
  readonly live: number
  readonly drops: Readonly<Record<string, number>>
  readonly shed: number
  readonly malformed: number
  readonly transactions: number
  readonly contexts: number
  readonly connections: number
}

const host = '127.0.0.1'
const legs = [
  await listenUdp({ host, port: 0 }),
  await listenTcp({ host, port: 0 }),
  await listenTls({ host, port: 0, cert: loopbackCertificate, key: loopbackKey }),
] as const
const [transactions] = process.argv.slice(2).map(Number)
const dispatcher = new Dispatcher({ legs: [...legs], limits: { transactions } })
const endpoint = new Endpoint(dispatcher)
const failures: unknown[] = []
endpoint.on('error', (error) => failures.push(error) < 10 && console.error(error))
endpoint.setApplication((_endpoint, context, request) => {
  if (request.method !== 'INVITE') return
  endpoint.newResponse(context, request.createResponse(180))
  const headers = { 'Content-Type': 'application/sdp' }
  endpoint.newResponse(context, request.createResponse(200, { headers, body: SDP }))
})

function report(): FaultServerReport {
  const { rss } = process.memoryUsage()
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  const { drops, shed, malformed, transactions } = dispatcher.stats()
  return {
    rss,
    peakRss: process.resourceUsage().maxRSS * 1024,
    live: heapUsed + arrayBuffers,
    drops,
    shed,
    malformed,
    transactions: transactions.total,
    contexts: endpoint.stats().contexts,
    connections: process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length,
  }
}

const [udp, tcp, tls] = legs.map((leg) => leg.local.port) as [number, number, number]
answerParent({ udp, tcp, tls }, report)
