import { startDemoServer, type DemoServer } from '../demo/demo-server.ts'
import { Cleanup } from '../cleanup.ts'
import { failureOf, report } from '../terminal/failure.ts'
import type { Io } from '../terminal/io.ts'
import type { SharedOptions } from '../options.ts'
import { hostPort, Output } from '../terminal/output.ts'
import { Interrupts, withinGrace } from '../terminal/signals.ts'
import { openStation, register, type Station } from '../calls/station.ts'
import type { WebServer } from '../web/http-server.ts'
import { freshPassword, startWebPhone } from '../web/web-phone.ts'

const host = '127.0.0.1'

/** `softphone`: the page, with an account of yours (`--aor`) or with one at a server of its own. */
export async function webCommand(options: SharedOptions, io: Io): Promise<number> {
  const output = new Output(io, options)
  using interrupts = new Interrupts(io)
  await using open = new Cleanup()
  try {
    const server = options.aor === undefined ? await ownServer(output) : undefined
    if (server) open.defer(() => withinGrace(server.close()))
    const mine = server ? accountAt(server, options) : options
    const station = await openStation(mine, output)
    open.defer(() => station.close())
    const web = await openPage(station, server, output)
    open.defer(() => web.close())
    if ((await register(station, mine, output, interrupts.signal)) === 'interrupted') return 130
    output.event('listening', { transport: 'http', host, port: web.port, url: web.url }, `the page: ${web.url}`)
    output.note('(opens once, in one browser; Ctrl+C ends)')
    await interrupts.interrupted
    return 0
  } catch (error) {
    report(output, failureOf(error, { what: 'the softphone' }))
    return 1
  }
}

const account = { user: 'me', password: freshPassword() }

async function ownServer(output: Output): Promise<DemoServer> {
  const server = await startDemoServer({ host, nearPort: 5060, accounts: [account] })
  output.note(`demo server: registrar and proxy on ${hostPort(host, server.port)}, udp and tcp`)
  return server
}

function accountAt(server: DemoServer, options: SharedOptions): SharedOptions {
  return {
    ...options,
    aor: `sip:${account.user}@${server.place}`,
    password: account.password,
    listen: { host, ...options.listen },
  }
}

function openPage({ phone, aor }: Station, server: DemoServer | undefined, output: Output): Promise<WebServer> {
  return startWebPhone({ phone, aor, lines: server?.lines ?? [], registering: true, say: (line) => output.note(line) })
}
