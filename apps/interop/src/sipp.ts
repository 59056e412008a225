import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Child } from './child.ts'
import { freePort } from './ports.ts'
import { scratchFolder } from './scratch.ts'

/** Starts sipp on 127.0.0.1. Its screen output goes to a folder of its own, its verdict is the exit code: 0 is all well. */
export function sipp(...args: string[]): Child {
  const cwd = scratchFolder('sipp')
  return new Child('sipp', ['-i', '127.0.0.1', '-mi', '127.0.0.1', '-nostdin', '-buff_size', '4000000', ...args], {
    cwd,
  })
}

const scenarios = fileURLToPath(new URL('../scenarios/', import.meta.url))

/** One call of a scenario of our own: every message has to come as it says, with what it checks in it. */
export class Scenario implements AsyncDisposable {
  /** Where sipp listens. */
  readonly port: number
  readonly #child: Child
  readonly #log: string

  private constructor(port: number, child: Child, log: string) {
    this.port = port
    this.#child = child
    this.#log = log
  }

  /** Starts it; `target` is who is called, and no one by a scenario that waits for calls. */
  static async start(name: string, target?: number, transport: 'udp' | 'tcp' = 'udp'): Promise<Scenario> {
    const log = join(scratchFolder('scenario'), 'messages.log')
    const [port, called] = [await freePort(), target === undefined ? [] : [`127.0.0.1:${target}`]]
    const once = ['-m', '1', '-timeout', '15s', '-timeout_error', '-trace_msg', '-message_file', log]
    const file = ['-sf', join(scenarios, `${name}.xml`), '-p', String(port), '-t', `${transport[0]}1`]
    const child = sipp(...file, ...called, ...once)
    if (target === undefined) await listening(port, transport, child)
    return new Scenario(port, child, log)
  }

  /** Resolves when the call went as it should; rejects with the messages and what sipp says about them when not. */
  async success(): Promise<void> {
    const { code } = await this.#child.exit
    if (code === 0) return
    throw new Error(
      `sipp ended with ${code}\n${existsSync(this.#log) ? readFileSync(this.#log, 'utf8') : ''}\n${this.#child.output}`,
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child[Symbol.asyncDispose]()
  }
}

/** Resolves once somebody has the port: sipp says nothing about it, and a packet that comes too early is lost. */
async function listening(port: number, transport: 'udp' | 'tcp', child: Child): Promise<void> {
  const bound = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`
  for (let attempt = 0; attempt < 250; attempt++) {
    if (readFileSync(`/proc/net/${transport}`, 'utf8').includes(bound)) return
    if (await Promise.race([child.exit.then(() => true), wait(20, false)])) return
  }
  await child.stop('SIGTERM')
  throw new Error(`sipp does not listen:\n${child.output}`)
}

/** The figure in a line of sipp's closing statistics, cumulative column. */
export function statistic(screen: string, name: string): number {
  const line = screen.split('\n').findLast((line) => line.includes(name) && line.includes('|'))
  return Number(line?.split('|').at(-1)?.trim() ?? Number.NaN)
}
