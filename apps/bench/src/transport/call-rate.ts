import { sippCalls } from '../endpoint/sipp.ts'
import type { CallServerReport } from './call-server.ts'
import { Child } from './child.ts'

/** What became of calls at a steady rate. */
export interface CallRate {
  readonly offered: number
  readonly answered: number
  /** The exit code of sipp: 0 when every call went well. */
  readonly exitCode: number
  /** INVITEs and BYEs that sipp sent again. */
  readonly retransmitted: number
  /** Share of one core that the server took. */
  readonly cpuShare: number
}

/** Offers calls of `sipp -sn uac` to a UAS on Endpoint with its default timers and bounds. */
export async function callRate(rate: number, seconds: number): Promise<CallRate> {
  const server = await Child.start<number, CallServerReport>('call-server.ts')
  try {
    await sippCalls('udp', server.ready, rate / 3, rate)
    const before = await server.ask()
    const exitCode = await sippCalls('udp', server.ready, rate, rate * seconds)
    const after = await server.ask()
    return {
      offered: rate * seconds,
      answered: answeredCalls(after) - answeredCalls(before),
      exitCode,
      retransmitted: after.stats.retransmissions.in - before.stats.retransmissions.in,
      cpuShare: (after.cpuMicros - before.cpuMicros) / (seconds * 1e6),
    }
  } finally {
    await server.stop()
  }
}

/** Only a call that was answered ends with a BYE. */
export function answeredCalls({ stats }: CallServerReport): number {
  return stats.requests.in['BYE'] ?? 0
}
