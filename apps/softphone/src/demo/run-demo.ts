import { rtpBackend } from '@netsip/media/node'
import { createPhone } from '@netsip/phone'
import type { TraceEvent } from '@netsip/runtime'
import { Cleanup } from '../cleanup.ts'
import { failureOf } from '../terminal/failure.ts'
import type { Io } from '../terminal/io.ts'
import { hostPort } from '../terminal/output.ts'
import { graceMs, Interrupts, withinGrace } from '../terminal/signals.ts'
import { freshPassword, startWebPhone } from '../web/web-phone.ts'
import { demoCall } from './demo-call.ts'
import { startDemoServer } from './demo-server.ts'

export interface DemoOptions {
  /** End after the verdict. */
  once: boolean
  /** How long the call lasts. */
  seconds?: number
  /** The port of the server, or the next free one; default 5060. */
  nearPort?: number
}

const host = '127.0.0.1'
const mostMessages = 200

/** What `npm start` runs: a server, a phone that registers and calls itself back, and then the page. */
export async function runDemo({ once, seconds = 3, nearPort = 5060 }: DemoOptions, io: Io): Promise<number> {
  using interrupts = new Interrupts(io)
  await using open = new Cleanup()
  try {
    const account = { user: 'me', password: freshPassword() }
    const messages: TraceEvent[] = []
    const tracer = (event: TraceEvent): void => void (messages.length < mostMessages && messages.push(event))
    const server = await startDemoServer({ host, nearPort, accounts: [account], tracer })
    open.defer(() => withinGrace(server.close()))
    const moved = server.port === nearPort ? '' : ` (${nearPort} is taken)`
    io.out(`demo server: registrar and proxy on ${hostPort(host, server.port)}, udp and tcp${moved}`)

    const aor = `sip:${account.user}@${server.place}`
    const media = rtpBackend({ idle: 'quiet' })
    const phone = await createPhone({ aor, password: account.password, listen: { host }, media, tracer })
    open.defer(() => phone.close({ graceMs }))
    const { expires } = await phone.register()
    io.out(`softphone: ${aor} is registered with digest for ${expires} s`)

    const { uri: target } = server.echo
    io.out(`calling ${target} for ${seconds} s with a tone ...\n`)
    const names = {
      [hostPort(host, phone.local.port)]: 'softphone',
      [hostPort(host, server.port)]: 'server',
      [server.echo.contact]: 'echo line',
    }
    const verdict = await demoCall({ phone, target, seconds, messages, names, signal: interrupts.signal })
    if (interrupts.signal.aborted) return 0
    io.out(`${verdict.ladder}\n`)
    io.out(verdict.line)
    if (once) return verdict.good ? 0 : 1

    const web = await startWebPhone({ phone, aor, lines: server.lines, say: (line) => io.out(line) })
    open.defer(() => web.close())
    io.out(`\nthe page: ${web.url}\n(opens once, in one browser; Ctrl+C ends)`)
    await interrupts.interrupted
    return 0
  } catch (error) {
    io.err(`softphone: ${failureOf(error, { what: 'the demo' }).line}`)
    return 1
  }
}
