import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** What a server process says about itself. */
export interface OptionsReport {
  readonly cpuMicros: number
  readonly rssBytes: number
  readonly answered: number
}

/** What answering one OPTIONS costs a server. */
export interface OptionsCost {
  readonly cpuMicros: number
  readonly perSecond: number
  readonly rssBytes: number
}

const serverFile = fileURLToPath(new URL('options-server.ts', import.meta.url))
const loadFile = fileURLToPath(new URL('options-load.ts', import.meta.url))

/** Runs one server in a process of its own, asks it from another, and measures the CPU time of the server. */
export async function optionsCost(server: string, seconds: number): Promise<OptionsCost> {
  const child = fork(serverFile, [server], { execArgv: ['--import', 'tsx'] })
  try {
    const [port] = (await once(child, 'message')) as [number]
    const report = async (): Promise<OptionsReport> => {
      child.send('report')
      return ((await once(child, 'message')) as [OptionsReport])[0]
    }
    await load(port, 2)
    const before = await report()
    await load(port, seconds)
    const after = await report()
    const answered = after.answered - before.answered
    return {
      cpuMicros: (after.cpuMicros - before.cpuMicros) / answered,
      perSecond: answered / seconds,
      rssBytes: after.rssBytes,
    }
  } finally {
    child.disconnect()
    await once(child, 'exit')
  }
}

async function load(port: number, seconds: number): Promise<void> {
  const child = fork(loadFile, [`${port}`, `${seconds}`, '128'], { execArgv: ['--import', 'tsx'] })
  await once(child, 'exit')
}
