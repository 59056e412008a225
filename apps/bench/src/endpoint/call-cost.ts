import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { freePort } from './free-port.ts'
import type { CallReport, Protocol } from './measured.ts'
import { sippAnswers, sippCalls } from './sipp.ts'

export type Stack = 'netsip' | 'sip' | 'none'
export type Role = 'UAS' | 'UAC'

/** What is measured. */
export interface Case {
  readonly stack: Stack
  readonly role: Role
  readonly protocol: Protocol
  /** Calls a second. */
  readonly rate: number
}

/** What one call costs the measured process. */
export interface CallCost {
  readonly cpuMicros: number
  readonly calls: number
  readonly failed: number
  readonly rssBytes: number
}

// To warm up over one alone has the optimiser take it for the only one there is, and all that a connection runs is compiled
// anew when the next comes: in the five seconds that count that was a fifth of what a call cost.
const CONNECTIONS = 4

const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** Calls between a fresh process of the stack and sipp: some seconds to warm up, then those that count. */
export function callCost(which: Case, warmUp: number, seconds: number): Promise<CallCost> {
  return which.role === 'UAS' ? answering(which, warmUp, seconds) : calling(which, warmUp, seconds)
}

async function answering({ stack, protocol, rate }: Case, warmUp: number, seconds: number): Promise<CallCost> {
  const child = start('uas.ts', [stack, protocol])
  try {
    const port = await answerOf<number>(child)
    for (let count = 0; count < CONNECTIONS; count++) {
      await sippCalls(protocol, port, rate, (rate * warmUp) / CONNECTIONS)
    }
    const before = await ask(child, 'report')
    await sippCalls(protocol, port, rate, rate * seconds)
    return between(before, await ask(child, 'report'), rate * seconds)
  } finally {
    await stop(child)
  }
}

async function calling({ stack, protocol, rate }: Case, warmUp: number, seconds: number): Promise<CallCost> {
  const port = await freePort(protocol)
  const sipp = sippAnswers(protocol, port)
  const child = start('uac.ts', [stack, protocol, `${port}`])
  try {
    await answerOf(child)
    const before = await ask(child, { rate, seconds: warmUp })
    return between(before, await ask(child, { rate, seconds }), rate * seconds)
  } finally {
    await stop(child)
    sipp.kill('SIGKILL')
  }
}

function between(before: CallReport, after: CallReport, wanted: number): CallCost {
  const calls = after.calls - before.calls
  return {
    cpuMicros: (after.cpuMicros - before.cpuMicros) / calls,
    calls,
    failed: Math.max(0, wanted - calls),
    rssBytes: after.rssBytes,
  }
}

function start(file: string, args: readonly string[]): ChildProcess {
  // No export condition: what is published is measured, not its source.
  // What `sip` prints about its connections is not for the table.
  return fork(fileOf(file), args, { execArgv: ['--import', 'tsx'], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
}

async function ask(child: ChildProcess, order: object | 'report'): Promise<CallReport> {
  child.send(order)
  return answerOf<CallReport>(child)
}

async function answerOf<Answer>(child: ChildProcess): Promise<Answer> {
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('the measured process has ended')))
  const [answer] = (await Promise.race([once(child, 'message'), ended])) as [Answer]
  return answer
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  child.disconnect()
  await once(child, 'exit')
}
