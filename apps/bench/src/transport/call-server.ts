// A UAS on the bare dispatcher for transport.bench.ts: INVITE and BYE are answered 200. Arguments: T1 in ms, and how many
// transactions it may hold.
import { Dispatcher, type DispatcherStats } from '@netsip/dispatcher'
import { listenUdp } from '@netsip/transport/node'

const [t1, transactions] = process.argv.slice(2).map(Number) as [number, number]
const leg = await listenUdp({ host: '127.0.0.1', port: 0, receiveBuffer: 4_000_000 })
const dispatcher = new Dispatcher({
  legs: [leg],
  timers: { t1 },
  limits: { transactions, perSource: transactions, retryAfter: 1 },
})
dispatcher.setReceiver({
  receive(packet) {
    if (packet.type !== 'request' || packet.method === 'ACK') return
    const headers = { Contact: leg.contact('uas').toString() }
    dispatcher.deliver(packet.createResponse(200, { toTag: 'uas', headers }))
  },
})
process.on('message', () => {
  const stats: DispatcherStats = dispatcher.stats()
  process.send?.(stats)
})
process.on('disconnect', () => process.exit(0))
process.send?.(leg.local.port)
