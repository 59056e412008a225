import { SipUri } from '@netsip/message'
import { createPhone, type Phone, type TlsTrust } from '@netsip/phone'
import { parseProtocol, type Protocol } from '@netsip/transport'
import { type About, type Failure, failureOf, report } from '../terminal/failure.ts'
import type { SharedOptions } from '../options.ts'
import { hostOnly, hostPort, type Output } from '../terminal/output.ts'
import { openNear } from '../ports.ts'
import { aborted, graceMs, silentGraceMs, whileWaiting } from '../terminal/signals.ts'
import { openTrace } from '../trace/trace.ts'

export interface StationOptions extends SharedOptions {
  /** The port to take when `--listen` names none: a free one near it, where it is taken. */
  nearPort?: number
  /** The peer we are about to ask, so that we listen where it reaches us. */
  target?: string
}

/** A phone as the command line asks for it, with its trace. */
export interface Station {
  readonly phone: Phone
  /** Our address of record. */
  readonly aor: string
  /** Hangs up, unregisters, closes; waits no longer than the grace for peers to answer. */
  close(): Promise<void>
}

/** Who we are without `--aor`, for calls that need no account; says nothing about whoever sits here. */
function guestAor(host: string): string {
  return `sip:netsip@${hostOnly(host)}`
}

/** The first address among the options that says where our requests go. */
function firstHop({ proxy, registrar, target, aor }: StationOptions): SipUri | undefined {
  const text = proxy ?? registrar ?? (target && /[@:]/.test(target) ? target : aor)
  try {
    return text === undefined ? undefined : SipUri.parse(/^sips?:/i.test(text) ? text : `sip:${text}`)
  } catch {
    return undefined
  }
}

function transportOf(options: StationOptions): Protocol {
  const hop = firstHop(options)
  return options.transport ?? parseProtocol(hop?.transport ?? '') ?? (hop?.isSecure ? 'tls' : 'udp')
}

/** What TLS and WSS need of the options. */
export function tlsOf({ ca, cert, key, insecure }: SharedOptions): TlsTrust {
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }), ...(insecure && { insecure }) }
}

/** Opens the phone and says where it listens. Throws what createPhone throws. */
export async function openStation(options: StationOptions, output: Output): Promise<Station> {
  const trace = openTrace(options, output)
  const hop = firstHop(options)
  // Without an address of our own, a password that was given is for whom we are about to ask.
  const guest = options.aor === undefined && options.password !== undefined
  const registrar = options.registrar ?? (guest ? hop?.toString() : undefined)
  const aor = options.aor ?? guestAor(options.listen?.host ?? '127.0.0.1')
  const open = (port: number): Promise<Phone> =>
    createPhone({
      aor,
      transport: transportOf(options),
      tls: tlsOf(options),
      listen: { ...(options.listen?.host && { host: options.listen.host }), port },
      ...(hop && { towards: hop.toString() }),
      ...(options.user !== undefined && { user: options.user }),
      ...(options.password !== undefined && { password: options.password }),
      ...(registrar && { registrar }),
      ...(options.proxy && { proxy: options.proxy }),
      ...(options.codec && { codecs: options.codec }),
      ...(options.srtp && { srtp: options.srtp }),
      ...(options.expires !== undefined && { expires: options.expires }),
      ...(trace && { tracer: trace.tracer }),
    })
  try {
    // A port that was asked for is that port or an error; without one, the next free port will do.
    const { nearPort } = options
    const asked = options.listen?.port ?? (nearPort === undefined ? 0 : undefined)
    const phone = await (asked === undefined ? openNear(nearPort ?? 0, open) : open(asked))
    phone.on('error', (error) => output.log(failureOf(error, { what: 'the phone' }).line))
    showMessages(phone, output)
    const { transport, host, port } = phone.local
    if (options.insecure)
      output.log('--insecure: whoever sits between us and the server can listen in and change what is said')
    tellWhoReadsKeys(options, transport, output)
    output.event('listening', { transport, host, port }, whereCalled(phone))
    return {
      phone,
      aor,
      async close() {
        await phone.close({ graceMs })
        trace?.close()
      },
    }
  } catch (error) {
    trace?.close()
    throw error
  }
}

/** A WebSocket client listens nowhere: its address is one that nobody can look up (RFC 7118 5). */
function whereCalled({ local: { transport, host, port } }: Phone): string {
  if (transport === 'ws' || transport === 'wss') return `called on the connection that we open (${transport})`
  return `listening on ${transport} ${hostPort(host, port)}`
}

function tellWhoReadsKeys({ srtp }: SharedOptions, transport: string, output: Output): void {
  if (srtp !== 'sdes' || transport === 'tls' || transport === 'wss') return
  const risk = 'whoever can read the signalling can read the keys of the sound'
  output.log(`--srtp sdes over ${transport}: ${risk}; tls and wss hide them`)
}

/** Shows the texts that come, which answers them 200. */
function showMessages(phone: Phone, output: Output): void {
  phone.on('message', ({ from, text }) => {
    const sender = from.uri.toString()
    output.event('message', { from: sender, text }, `message from ${sender}: ${text.replaceAll(/[\r\n]+/g, '\n    ')}`)
  })
}

/** How a registration went. */
export type Registered = 'registered' | 'failed' | 'interrupted'

/** The exit code of a command that had to be registered first. */
export const unregisteredCode: Readonly<Record<Exclude<Registered, 'registered'>, number>> = {
  failed: 1,
  interrupted: 130,
}

/** Registers and says so, also when it fails; Ctrl+C (`signal`) gives up waiting for a registrar that is silent. */
export async function register(
  { phone, aor }: Station,
  options: SharedOptions,
  output: Output,
  signal: AbortSignal,
): Promise<Registered> {
  const about = { what: `the registration of ${aor}`, ...credentialsOf(options, aor) }
  let granted: number | undefined
  phone.on('registered', ({ expires }) => {
    granted = expires
    output.event('registered', { aor, expires }, `registered ${aor} for ${expires} s`)
  })
  let removed = true
  phone.on('unregistered', () => output.event('unregistered', { aor }, removed ? `unregistered ${aor}` : undefined))
  output.note(`registering ${aor}`)
  const answered = phone.register().then(
    () => 'registered' as const,
    (error: unknown) => {
      if (!signal.aborted) report(output, failureOf(error, about))
      return 'failed' as const
    },
  )
  const stop = aborted(signal).then(() => (phone.registered ? 'registered' : 'interrupted'))
  const either = Promise.race([answered, stop])
  whileWaiting(either, () => output.note('the registrar has not answered yet; Ctrl+C gives up'))
  const outcome = await either
  if (outcome === 'interrupted') {
    output.log(`gave up registering ${aor}: the registrar has not answered`)
    // Nothing is bound that would have to be removed.
    await phone.close({ graceMs: silentGraceMs })
  }
  if (outcome !== 'registered') return outcome
  // From here on a failure is one of a refresh, which the registration tries again by itself, or of the farewell.
  phone.on('registrationFailed', (error, { state }) => {
    removed = state !== 'unregistering'
    report(output, removed ? failureOf(error, about) : farewell(error, aor, granted))
  })
  return outcome
}

/** Why we may still be registered though we are gone. */
function farewell(error: unknown, aor: string, granted: number | undefined): Failure {
  const failure = failureOf(error, { what: `unregistering ${aor}` })
  const most = granted === undefined ? '' : ` after ${granted} s at most`
  return { ...failure, line: `${failure.line}; the registrar forgets us by itself${most}` }
}

/** Whose password was used, for what is said about a refusal. */
export function credentialsOf({ aor: ours, user, password }: SharedOptions, aor: string): Omit<About, 'what'> {
  const missing = ours === undefined ? '--aor and --password' : '--password, or set NETSIP_PASSWORD'
  return { user: user ?? SipUri.parse(aor).user, ...(password === undefined && { missing }) }
}
