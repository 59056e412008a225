import { startDemoServer } from '../demo/demo-server.ts'
import { failureOf, report } from '../terminal/failure.ts'
import type { Io } from '../terminal/io.ts'
import type { Account, SharedOptions } from '../options.ts'
import { hostPort, Output } from '../terminal/output.ts'
import { Interrupts, pause, withinGrace } from '../terminal/signals.ts'
import { tlsOf } from '../calls/station.ts'
import { openTrace } from '../trace/trace.ts'

export interface ServeCommandOptions extends SharedOptions {
  account?: Account[]
  domain?: string
}

/** `softphone serve`: registrar, proxy, and lines to call, until Ctrl+C or `--duration`. */
export async function serveCommand(options: ServeCommandOptions, io: Io): Promise<number> {
  const output = new Output(io, options)
  using interrupts = new Interrupts(io)
  const trace = openTrace(options, output)
  try {
    const server = await startDemoServer({
      host: options.listen?.host ?? '127.0.0.1',
      ...(options.listen?.port === undefined ? { nearPort: 5060 } : { port: options.listen.port }),
      accounts: options.account ?? [],
      ...(options.domain && { domain: options.domain }),
      ...(options.transport && { transport: options.transport }),
      tls: tlsOf(options),
      ...(trace && { tracer: trace.tracer }),
    })
    for (const { transport, host, port } of server.listening) {
      output.event('listening', { transport, host, port }, `listening on ${transport} ${hostPort(host, port)}`)
    }
    output.note(
      `domain ${server.domain}; accounts: ${(options.account ?? []).map(({ user }) => user).join(', ') || 'none'}`,
    )
    for (const line of server.lines) output.note(`call ${line.uri}: ${line.hint}`)
    if (options.duration === undefined) await interrupts.interrupted
    else await pause(options.duration * 1000, interrupts.signal)
    await withinGrace(server.close())
    return 0
  } catch (error) {
    report(output, failureOf(error, { what: 'serving' }))
    return 1
  } finally {
    trace?.close()
  }
}
