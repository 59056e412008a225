import type { DispatcherStats } from '@netsip/dispatcher'
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What became of the calls of one phase. */
export interface Phase {
  readonly name: string
  readonly offered: number
  readonly answered: number
  readonly shed: number
  readonly held: number
}

const T1 = 50
const CAPACITY = 500
// A call keeps two transactions for 64*T1 each, that of its INVITE and that of its BYE.
const BOUND = (CAPACITY * 2 * 64 * T1) / 1000

/**
 * A UAS whose bound on transactions lets it take 500 calls a second: offered as many, then twice that, then as many again.
 * `undefined` when sipp is not installed.
 */
export async function overload(): Promise<Phase[] | undefined> {
  const server = fork(fileURLToPath(new URL('call-server.ts', import.meta.url)), [`${T1}`, `${BOUND}`], {
    execArgv: ['--conditions=@netsip/source', '--import', 'tsx'],
  })
  const [port] = (await once(server, 'message')) as [number]
  try {
    const phases: Phase[] = []
    for (const [name, rate, seconds] of [
      ['at capacity', CAPACITY * 0.9, 8],
      ['twice the capacity', CAPACITY * 2, 8],
      ['the first 5 s after it', CAPACITY * 0.9, 5],
      ['the 5 s after that', CAPACITY * 0.9, 5],
    ] as const) {
      const phase = await offer(server, port, name, rate, rate * seconds)
      if (!phase) return undefined
      phases.push(phase)
    }
    return phases
  } finally {
    server.disconnect()
  }
}

async function offer(
  server: ChildProcess,
  port: number,
  name: string,
  rate: number,
  calls: number,
): Promise<Phase | undefined> {
  const before = await statsOf(server)
  if (!(await sipp(port, rate, calls))) return undefined
  const after = await statsOf(server)
  return {
    name,
    offered: calls,
    answered: byesOf(after) - byesOf(before),
    shed: after.shed - before.shed,
    held: after.transactions.total,
  }
}

/** Only a call that was answered ends with a BYE. */
function byesOf(stats: DispatcherStats): number {
  return stats.requests.in['BYE'] ?? 0
}

async function statsOf(server: ChildProcess): Promise<DispatcherStats> {
  server.send('stats')
  return ((await once(server, 'message')) as [DispatcherStats])[0]
}

async function sipp(port: number, rate: number, calls: number): Promise<boolean> {
  const args = ['-sn', 'uac', `127.0.0.1:${port}`, '-i', '127.0.0.1', '-r', `${rate}`, '-m', `${calls}`, '-l', '20000']
  const child = spawn('sipp', [...args, '-nostdin', '-buff_size', '4000000', '-timeout', '60s'], {
    cwd: mkdtempSync(join(tmpdir(), 'netsip-bench-')),
    stdio: 'ignore',
  })
  const failed = once(child, 'error').then(() => false)
  return Promise.race([failed, once(child, 'exit').then(() => true)])
}
