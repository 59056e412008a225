import { parseArgs } from 'node:util'
import type { Io } from '../terminal/io.ts'
import { runDemo } from './run-demo.ts'

const usage = 'usage: npm start, or npm start -- --once'
const help = `${usage}

A server, a phone that registers and calls itself back, every message of that call, and then a web page to call from.

  --once  end when the call is over: with 0 when its sound came back, with 1 when not
  --help  this

The softphone as a command: node tools/pm.mjs softphone --help`

/** `npm start` with what stands behind `--`: resolves with the exit code. */
export async function demoCommand(argv: readonly string[], io: Io): Promise<number> {
  const flags = { type: 'boolean', default: false } as const
  let values: { once: boolean; help: boolean }
  try {
    ;({ values } = parseArgs({ args: [...argv], options: { once: flags, help: { ...flags, short: 'h' } } }))
  } catch (error) {
    io.err(`${(error as Error).message.split('.', 1)[0]}; ${usage}`)
    return 2
  }
  if (!values.help) return runDemo({ once: values.once }, io)
  io.out(help)
  return 0
}
