import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Protocol } from './measured.ts'

const folder = mkdtempSync(join(tmpdir(), 'netsip-bench-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

/** What is printed in place of figures that nobody but sipp can make. */
export const NO_SIPP = 'sipp is not installed (apt-get install sip-tester): there are no calls to measure'

/** Whether sipp can be started. */
export function hasSipp(): boolean {
  return spawnSync('sipp', ['-v'], { stdio: 'ignore' }).error === undefined
}

/** Calls 127.0.0.1:`port` so many times; the exit code is 0 when every call went well. */
export async function sippCalls(protocol: Protocol, port: number, rate: number, calls: number): Promise<number> {
  const child = start(protocol, ['-sn', 'uac', `127.0.0.1:${port}`, '-r', `${rate}`, '-m', `${calls}`, '-l', '20000'])
  const [code] = (await once(child, 'exit')) as [number | null]
  return code ?? -1
}

/** Answers calls on 127.0.0.1:`port` until it is ended, five minutes at most. */
export function sippAnswers(protocol: Protocol, port: number): ChildProcess {
  return start(protocol, ['-sn', 'uas', '-p', `${port}`])
}

function start(protocol: Protocol, args: readonly string[]): ChildProcess {
  const common = ['-i', '127.0.0.1', '-bind_local', '-t', protocol === 'udp' ? 'u1' : 't1', '-nostdin']
  const all = [...args, ...common, '-buff_size', '4000000', '-timeout', '300s']
  return spawn('sipp', all, { cwd: folder, stdio: 'ignore' })
}
