// One of the servers that transport.bench.ts compares, in a process of its own: answers every OPTIONS with 200.
import { Dispatcher } from '@netsip/dispatcher'
import { responseTarget, type Target } from '@netsip/transport'
import { listenUdp } from '@netsip/transport/node'
import { createSocket } from 'node:dgram'
import type { OptionsReport } from './options-cost.ts'

let answered = 0

/** Starts a server and gives its port. */
const servers: Record<string, () => Promise<number>> = {
  'bare dgram echo': async () => {
    const socket = createSocket({ type: 'udp4', lookup: (address, _options, callback) => callback(null, address, 4) })
    socket.on('message', (bytes, from) => {
      answered++
      socket.send(bytes, from.port, from.address)
    })
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
    return socket.address().port
  },
  'netsip stateless': async () => {
    const leg = await listenUdp({ host: '127.0.0.1', port: 0 })
    leg.on('message', (message, source) => {
      if (message.type !== 'request') return
      answered++
      const response = message.createResponse(200, { toTag: 'bob' })
      leg.send(response.toBytes(), responseTarget(response, source) as Target)
    })
    return leg.local.port
  },
  'netsip stateful': async () => {
    const leg = await listenUdp({ host: '127.0.0.1', port: 0 })
    const dispatcher = new Dispatcher({ legs: [leg], limits: { transactions: 5_000_000, perSource: 5_000_000 } })
    dispatcher.setReceiver({
      receive(packet) {
        if (packet.type !== 'request') return
        answered++
        dispatcher.deliver(packet.createResponse(200, { toTag: 'bob' }))
      },
    })
    return leg.local.port
  },
  'sip stateful': async () => {
    const { default: sip } = await import('sip')
    const port = await freePort()
    sip.start({ port, address: '127.0.0.1', tcp: false }, (request) => {
      answered++
      sip.send(sip.makeResponse(request, 200, 'OK'))
    })
    return port
  },
}

/** `sip` must be told its port. */
async function freePort(): Promise<number> {
  const probe = createSocket('udp4')
  await new Promise<void>((resolve) => probe.bind(0, '127.0.0.1', resolve))
  const { port } = probe.address()
  await new Promise<void>((resolve) => probe.close(() => resolve()))
  return port
}

process.on('message', () => {
  const { user, system } = process.cpuUsage()
  const report: OptionsReport = { cpuMicros: user + system, rssBytes: process.memoryUsage().rss, answered }
  process.send?.(report)
})
process.on('disconnect', () => process.exit(0))
process.send?.(await servers[process.argv[2] ?? '']?.())
