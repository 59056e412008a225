import { demoCommand } from './demo/demo-arguments.ts'
import { processIo } from './terminal/io.ts'

/** `npm start`, and `npm start -- --once`. */
process.exitCode = await demoCommand(process.argv.slice(2), processIo())
// A peer that never answers may hold a socket open long after everything was said.
setTimeout(() => process.exit(), 250).unref()
