import { processIo } from './terminal/io.ts'
import { run } from './program.ts'

const io = processIo()
// A fault of ours is still one line for the person at the terminal.
process.on('uncaughtException', (error) => {
  io.err(`softphone: a fault inside: ${process.env.NETSIP_DEBUG ? (error.stack ?? error.message) : error.message}`)
  process.exit(1)
})
process.exitCode = await run(process.argv.slice(2), io)
// A peer that never answers may hold a socket open long after everything was said.
setTimeout(() => process.exit(), 250).unref()
