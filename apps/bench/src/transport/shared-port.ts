import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '../endpoint/free-port.ts'
import { Child } from './child.ts'
import type { LoadReport } from './many-sockets-load.ts'
import type { SharersReport } from './port-sharers.ts'

/** What so many processes on one port did, with the load of one more process. */
export interface Shared {
  readonly protocol: 'udp' | 'tcp'
  readonly processes: number
  readonly perSecond: number
  /** CPU of the servers for each request. */
  readonly cpuMicros: number
  /** Cores that the servers were given, and the load beside them. */
  readonly cores: number
  readonly loadCores: number
  /** How much the busiest process did more than the idlest, as a factor. */
  readonly unevenness: number
}

const [WARM_UP, SECONDS] = [1, 4]

/** The throughput of so many processes that share a port. */
export async function sharedPort(protocol: 'udp' | 'tcp', processes: number): Promise<Shared> {
  const port = `${await freePort(protocol)}`
  const servers = await Child.start<string, SharersReport>('port-sharers.ts', [`${processes}`, protocol, port])
  try {
    const load = await Child.start<string, LoadReport>('many-sockets-load.ts', [protocol, port, '16', '16'])
    await pause(WARM_UP * 1000)
    const [before, loadBefore] = await Promise.all([servers.ask(), load.ask()])
    const start = performance.now()
    await pause(SECONDS * 1000)
    const [after, loadAfter] = await Promise.all([servers.ask(), load.ask()])
    const micros = (performance.now() - start) * 1000
    await load.stop()
    const shares = after.answered.map((answered, index) => answered - (before.answered[index] ?? 0))
    const answered = shares.reduce((sum, share) => sum + share, 0)
    return {
      protocol,
      processes,
      perSecond: (answered * 1e6) / micros,
      cpuMicros: (after.cpuMicros - before.cpuMicros) / answered,
      cores: (after.cpuMicros - before.cpuMicros) / micros,
      loadCores: (loadAfter.cpuMicros - loadBefore.cpuMicros) / micros,
      unevenness: Math.max(...shares) / Math.min(...shares),
    }
  } finally {
    await servers.stop()
  }
}
