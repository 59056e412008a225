// Several processes that answer OPTIONS on one port, through the transaction layer. Arguments: how many, udp or tcp, port. The
// port is theirs by `reusePort` where this Node has it, else node:cluster shares it.
import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { Dispatcher } from '@netsip/dispatcher'
import { listenTcp, listenUdp } from '@netsip/transport/node'
import { answerParent } from './child.ts'

/** What the processes have done together. */
export interface SharersReport {
  readonly cpuMicros: number
  readonly answered: readonly number[]
}

type WorkerReport = { readonly cpuMicros: number; readonly answered: number }

const [, , count, protocol, port] = process.argv as [string, string, string, 'udp' | 'tcp', string]

function cpuMicros(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

async function answerOptions(): Promise<void> {
  const listen = protocol === 'udp' ? listenUdp : listenTcp
  const leg = await listen({ host: '127.0.0.1', port: Number(port), reusePort: true })
  const dispatcher = new Dispatcher({ legs: [leg], limits: { transactions: 5_000_000, perSource: 5_000_000 } })
  let answered = 0
  dispatcher.setReceiver({
    receive(packet) {
      if (packet.type !== 'request') return
      answered++
      dispatcher.deliver(packet.createResponse(200, { toTag: 'bob' }))
    },
  })
  process.on('message', () => process.send?.({ cpuMicros: cpuMicros(), answered } satisfies WorkerReport))
  process.send?.('listening')
}

async function lead(): Promise<void> {
  const workers = Array.from({ length: Number(count) }, () => cluster.fork())
  await Promise.all(workers.map((worker) => once(worker, 'message')))
  answerParent('listening', async (): Promise<SharersReport> => {
    const reports = await Promise.all(workers.map(ask))
    return {
      cpuMicros: cpuMicros() + reports.reduce((sum, report) => sum + report.cpuMicros, 0),
      answered: reports.map((report) => report.answered),
    }
  })
}

async function ask(worker: Worker): Promise<WorkerReport> {
  worker.send('report')
  return ((await once(worker, 'message')) as [WorkerReport])[0]
}

if (cluster.isPrimary) await lead()
else await answerOptions()
