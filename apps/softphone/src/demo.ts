import { parseArgs } from 'node:util'
import { runDemo } from './demo/run-demo.ts'
import { processIo } from './io.ts'

/** `npm start`, and `npm start -- --once`. */
async function main(): Promise<number> {
  const io = processIo()
  try {
    const { values } = parseArgs({ options: { once: { type: 'boolean', default: false } } })
    return await runDemo(values, io)
  } catch {
    io.err('usage: npm start, or npm start -- --once to end after the verdict')
    return 2
  }
}

process.exitCode = await main()
// A peer that never answers may hold a socket open long after everything was said.
setTimeout(() => process.exit(), 250).unref()
