import { processIo } from './io.ts'
import { run } from './program.ts'

process.exitCode = await run(process.argv.slice(2), processIo())
// A peer that never answers may hold a socket open long after everything was said.
setTimeout(() => process.exit(), 250).unref()
