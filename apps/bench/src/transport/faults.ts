import { setTimeout as pause } from 'node:timers/promises'
import type { AttackReport } from './attacker.ts'
import { Child } from './child.ts'
import type { FaultServerPorts, FaultServerReport } from './fault-server.ts'
import { askOnAndOn, type Served } from './valid-traffic.ts'

/** One way to attack a server. */
export interface Fault {
  readonly name: string
  readonly attack: string
  readonly over: keyof FaultServerPorts
  /** How long it is held up once it is there. */
  readonly seconds: number
  /** The bound on transactions, when it is not the default. */
  readonly transactions?: number
}

/** What a server with defaults made of it. */
export interface FaultResult {
  readonly before: FaultServerReport
  readonly after: FaultServerReport
  readonly attack: AttackReport
  readonly served: Served
}

export const faults: readonly Fault[] = [
  { name: 'silent connections, TCP', attack: 'silent', over: 'tcp', seconds: 2 },
  { name: 'silent connections, TLS', attack: 'silent', over: 'tls', seconds: 2 },
  { name: 'TLS handshakes without end', attack: 'handshakes', over: 'tls', seconds: 2 },
  { name: 'TCP peers that read nothing', attack: 'deaf', over: 'tcp', seconds: 6 },
  { name: 'garbage datagrams', attack: 'garbage', over: 'udp', seconds: 5 },
  { name: 'INVITEs without ACK', attack: 'invites', over: 'udp', seconds: 8 },
  { name: 'the same, bound at 5,000', attack: 'invites', over: 'udp', seconds: 8, transactions: 5000 },
]

/** Attacks a fresh server, with honest requests beside it. */
export async function suffer({ attack, over, seconds, transactions }: Fault): Promise<FaultResult> {
  const server = await Child.start<FaultServerPorts, FaultServerReport>(
    'fault-server.ts',
    transactions === undefined ? [] : [`${transactions}`],
  )
  try {
    const warm = askOnAndOn(server.ready)
    await pause(500)
    await warm()
    const before = await server.ask()
    const stop = askOnAndOn(server.ready)
    const attacker = await Child.start<string, AttackReport>('attacker.ts', [attack, `${server.ready[over]}`])
    try {
      await pause(seconds * 1000)
      const served = await stop()
      const report = await attacker.ask()
      return { before, after: await server.ask(), attack: report, served }
    } finally {
      await attacker.stop()
    }
  } finally {
    await server.stop()
  }
}
