import { setTimeout as pause } from 'node:timers/promises'

/** What a measured process says about itself. */
export interface CallReport {
  readonly cpuMicros: number
  readonly rssBytes: number
  /** Calls that are over, from INVITE to the 200 of the BYE. */
  readonly calls: number
  readonly failed: number
}

/** What a caller is told to do: so many calls a second for so many seconds. */
export interface CallOrder {
  readonly rate: number
  readonly seconds: number
}

export type Protocol = 'udp' | 'tcp'

/** How many calls this process has made or answered. */
export const done: { calls: number; failed: number } = { calls: 0, failed: 0 }

function report(): CallReport {
  const { user, system } = process.cpuUsage()
  return { cpuMicros: user + system, rssBytes: process.memoryUsage().rss, ...done }
}

/** Reports the CPU of this process whenever the parent asks, and ends with the parent. */
export function reportToParent(make?: () => void): void {
  process.on('message', (order: CallOrder | 'report') => {
    if (order === 'report') process.send?.(report())
    else void place(order, make).then(() => process.send?.(report()))
  })
  process.on('disconnect', () => process.exit(0))
}

/** Makes calls at an even rate, and waits until they are over: 10 s at most. */
async function place({ rate, seconds }: CallOrder, make: (() => void) | undefined): Promise<void> {
  const total = rate * seconds
  const before = done.calls + done.failed
  const start = performance.now()
  for (let made = 0; made < total; await pause(4)) {
    const due = Math.min(total, ((performance.now() - start) * rate) / 1000)
    for (; made < due; made++) make?.()
  }
  for (let waited = 0; waited < 500 && done.calls + done.failed < before + total; waited++) await pause(20)
}
