// CPU of a user agent server built on Endpoint while sipp calls it: INVITE, 200, ACK, BYE, 200.
import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const RATE = 500
const SECONDS = 10
const server = fileURLToPath(new URL('call-server.ts', import.meta.url))

/** What the server process reports about itself. */
export interface ServerReport {
  readonly cpuMicros: number
  readonly rssBytes: number
  readonly calls: number
}

export async function run(): Promise<void> {
  const child = fork(server, { execArgv: ['--conditions=@netsip/source', '--import', 'tsx'] })
  const [port] = (await once(child, 'message')) as [number]
  const ask = async (): Promise<ServerReport> => {
    child.send('report')
    const [report] = (await once(child, 'message')) as [ServerReport]
    return report
  }
  try {
    await sipp(port, 100, 500)
    const before = await ask()
    const code = await sipp(port, RATE, RATE * SECONDS)
    const after = await ask()
    const calls = after.calls - before.calls
    const perCall = (after.cpuMicros - before.cpuMicros) / calls
    console.log(`sipp -sn uac -r ${RATE} for ${SECONDS} s, UDP: ${calls} calls answered, sipp exit code ${code}`)
    console.log(
      `CPU per call as UAS: ${perCall.toFixed(0)} us; resident set after it: ${(after.rssBytes / 2 ** 20).toFixed(0)} MiB`,
    )
  } finally {
    child.disconnect()
  }
}

async function sipp(port: number, rate: number, calls: number): Promise<number> {
  const args = ['-sn', 'uac', `127.0.0.1:${port}`, '-i', '127.0.0.1', '-r', `${rate}`, '-m', `${calls}`, '-l', '20000']
  const child = spawn('sipp', [...args, '-nostdin', '-buff_size', '4000000', '-timeout', '60s'], {
    cwd: mkdtempSync(join(tmpdir(), 'netsip-bench-')),
    stdio: 'ignore',
  })
  child.once('error', () => console.error('sipp is not installed: apt-get install sip-tester'))
  const [code] = (await once(child, 'exit')) as [number | null]
  return code ?? -1
}
