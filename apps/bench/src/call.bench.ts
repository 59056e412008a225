// The first figure anybody asks for: CPU a call costs an Endpoint that answers sipp (INVITE, 200, ACK, BYE, 200).
// `endpoint.bench.ts` compares the same with a peer, over more transports and in both roles.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { hasSipp, NO_SIPP, sippCalls } from './endpoint/sipp.ts'

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
  if (!hasSipp()) return console.log(NO_SIPP)
  const child = fork(server, { execArgv: ['--conditions=@netsip/source', '--import', 'tsx'] })
  const [port] = (await once(child, 'message')) as [number]
  const ask = async (): Promise<ServerReport> => {
    child.send('report')
    const [report] = (await once(child, 'message')) as [ServerReport]
    return report
  }
  try {
    await sippCalls('udp', port, RATE / 2, RATE)
    const before = await ask()
    const code = await sippCalls('udp', port, RATE, RATE * SECONDS)
    const after = await ask()
    const calls = after.calls - before.calls
    const perCall = (after.cpuMicros - before.cpuMicros) / calls
    const resident = (after.rssBytes / 2 ** 20).toFixed(0)
    console.log(`sipp -sn uac -r ${RATE} for ${SECONDS} s, UDP: ${calls} calls answered, sipp exit code ${code}`)
    console.log(`CPU per call as UAS: ${perCall.toFixed(0)} us; resident set after it: ${resident} MiB`)
  } finally {
    child.disconnect()
  }
}
