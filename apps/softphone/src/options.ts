import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { parseUri, SipUri } from '@netsip/message'
import type { SrtpMode } from '@netsip/media'
import { parseProtocol, type Protocol } from '@netsip/transport'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { commandList } from './calls/call-commands.ts'

/** What `--play` names: a WAV file, a steady tone, the caller's own voice, or nothing. */
export type Play =
  | { kind: 'file'; path: string }
  | { kind: 'tone'; hz: number }
  | { kind: 'echo' }
  | { kind: 'silence' }

/** A host and port to listen on; what is left out is chosen. */
export interface ListenAddress {
  host?: string
  port?: number
}

/** A user and a password for `serve`. */
export interface Account {
  user: string
  password: string
}

/** The options every command shares. Durations in seconds. */
export interface SharedOptions {
  aor?: string
  user?: string
  password?: string
  registrar?: string
  proxy?: string
  transport?: Protocol
  /** PEM texts. */
  ca?: string
  cert?: string
  key?: string
  insecure?: boolean
  listen?: ListenAddress
  codec?: string[]
  dtmf?: string
  duration?: number
  play?: Play
  record?: string
  maxCalls?: number
  expires?: number
  srtp?: SrtpMode
  /** Lines on standard input steer the call. */
  commands?: boolean
  /** Whom the other side of a call names is called (REFER). */
  acceptTransfers?: boolean
  json?: boolean
  trace?: boolean
  pcap?: string
}

const known = new Set(['PCMU', 'PCMA'])
const lineNames = ['echo', 'tone']
const wrong = (message: string): never => {
  throw new InvalidArgumentError(message)
}

/** Completes `alice@example.com` to `sip:alice@example.com` and checks that it is a SIP URI. */
export function sipUri(text: string): string {
  const full = /^sips?:/i.test(text) ? text : `sip:${text}`
  try {
    if (parseUri(full) instanceof SipUri) return full
  } catch {
    // said below in the same words
  }
  return wrong('Give a SIP address such as sip:alice@example.com.')
}

/** An address that names a user, as an address of record must. */
export function addressOfRecord(text: string): string {
  const uri = sipUri(text)
  return SipUri.parse(uri).user ? uri : wrong('Give both user and domain: sip:alice@example.com.')
}

/** Whom to call or ask: an address, or the name of a user in our own domain. */
export function target(text: string): string {
  return /^[^\s<>"@:[\]]+$/.test(text) && !/^[\d.]+$/.test(text) ? text : text.startsWith('tel:') ? text : sipUri(text)
}

/** A mere name is looked for in our domain: then there has to be one. */
export function needsDomain(to: string, { aor }: SharedOptions): boolean {
  return aor === undefined && !/[@:]/.test(to)
}

export function transport(text: string): Protocol {
  return parseProtocol(text) ?? wrong('Use udp, tcp, tls, ws or wss.')
}

/** A file with a certificate or a key. */
export function pem(path: string): string {
  const text = existsSync(path) && statSync(path).isFile() ? readFileSync(path, 'utf8') : ''
  return text.includes('-----BEGIN ') ? text : wrong('Give a PEM file that exists.')
}

/** What is missing among the options for TLS; `command` says who will be connected to. */
export function tlsProblem(command: string, { transport, registrar, cert, key }: SharedOptions): string | undefined {
  if ((cert === undefined) !== (key === undefined)) return '--cert and --key go together'
  if (cert !== undefined || (transport !== 'tls' && transport !== 'wss')) return undefined
  if (command === 'serve') return `nobody can connect over ${transport} without --cert and --key`
  if (command === 'answer' && transport === 'tls' && registrar === undefined)
    return 'nobody can call over tls without --cert and --key, or a --registrar to be called through'
  return undefined
}

export function port(text: string): number {
  const value = Number(text)
  return /^\d{1,5}$/.test(text) && value <= 65_535 ? value : wrong('A port is a number from 0 to 65535 (0: any).')
}

export function listenAddress(text: string): ListenAddress {
  if (/^\d+$/.test(text)) return { port: port(text) }
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]]*))(?::(\d+))?$/.exec(text)
  const host = match?.[1] ?? match?.[2]
  if (!match || (!host && !match[3])) return wrong('Use HOST:PORT, for example 127.0.0.1:5060 or [::1]:5060.')
  return { ...(host && { host }), ...(match[3] && { port: port(match[3]) }) }
}

export function codecs(text: string): string[] {
  const names = text.split(',').map((name) => name.trim().toUpperCase())
  const each = new Set(names).size === names.length && names.every((name) => known.has(name))
  return each ? names : wrong('Use a list of PCMU and PCMA, the preferred one first.')
}

export function digits(text: string): string {
  return /^[0-9A-Da-d*#]+$/.test(text) ? text.toUpperCase() : wrong('DTMF digits are 0-9, *, # and A-D.')
}

export function seconds(text: string): number {
  const value = Number(text)
  return /^\d+(\.\d+)?$/.test(text) && value <= 86_400 ? value : wrong('Give seconds, from 0 to 86400.')
}

export function count(text: string): number {
  const value = Number(text)
  return /^\d{1,9}$/.test(text) && value > 0 ? value : wrong('Give a whole number above 0.')
}

export function expirySeconds(text: string): number {
  const value = Number(text)
  return /^\d{1,8}$/.test(text) && value > 0 ? value : wrong('Give whole seconds above 0, for example 300.')
}

export function refusal(text: string): number {
  const value = Number(text)
  return /^\d{3}$/.test(text) && value >= 300 && value <= 699
    ? value
    : wrong('Give a final status from 300 to 699, for example 486.')
}

export function play(text: string): Play {
  if (text === 'echo' || text === 'silence') return { kind: text }
  const hz = /^tone:(\d+(?:\.\d+)?)$/.exec(text)?.[1]
  if (hz)
    return Number(hz) >= 20 && Number(hz) < 4000 ? { kind: 'tone', hz: Number(hz) } : wrong('A tone is 20 to 3999 Hz.')
  if (existsSync(text) && statSync(text).isFile()) return { kind: 'file', path: text }
  return wrong('Use a WAV file that exists, tone:HZ, echo or silence.')
}

/** A file about to be written: its folder has to be there. */
export function writable(extension: string): (text: string) => string {
  return (text) => {
    if (!text.toLowerCase().endsWith(extension)) return wrong(`The name of the file ends in ${extension}.`)
    return existsSync(dirname(text)) ? text : wrong(`There is no folder ${dirname(text)}.`)
  }
}

export function srtp(text: string): SrtpMode {
  return text === 'off' || text === 'sdes' ? text : wrong('Use off or sdes.')
}

export function account(text: string, before: Account[] = []): Account[] {
  const colon = text.indexOf(':')
  const user = text.slice(0, colon)
  if (colon < 1 || colon === text.length - 1 || !/^[^\s:@<>"]+$/.test(user)) return wrong('Use USER:PASSWORD.')
  // Their calls would never come: a line is asked before whoever is registered.
  if (lineNames.includes(user)) return wrong(`${lineNames.join(' and ')} are lines of the server.`)
  return [...before, { user, password: text.slice(colon + 1) }]
}

export function domain(text: string): string {
  return /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(:\d{1,5})?$/.test(text)
    ? text
    : wrong('Use a host name, for example example.com.')
}

const ofCalls = ['codec', 'dtmf', 'play', 'record', 'maxCalls', 'srtp', 'commands', 'acceptTransfers']
const ofAccounts = ['aor', 'user', 'password', 'registrar', 'proxy', 'expires']

/** What a command takes, because every command takes the same, and makes no use of. By attribute name. */
export const unused: Readonly<Record<string, readonly string[]>> = {
  register: ofCalls,
  options: [...ofCalls, 'duration', 'expires'],
  message: [...ofCalls, 'duration', 'expires'],
  serve: [...ofCalls, ...ofAccounts],
  softphone: ['dtmf', 'duration', 'play', 'record', 'maxCalls', 'commands', 'acceptTransfers'],
}

const registersFirst = 'register there first'
const accountThere = { registrar: 'the server of our account (default: the domain of --aor)' }

/** What an option does where it does something of its own, by command. */
const meanings: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  call: {
    registrar: registersFirst,
    duration: 'hang up this long after the answer',
    maxCalls: 'make so many calls, one after the other (default: 1)',
  },
  answer: {
    registrar: registersFirst,
    listen: 'where to listen (default: 5060 or the next free port; with --registrar any)',
    duration: 'hang up this long after the answer',
    maxCalls: 'end after so many calls (default: take all)',
  },
  options: accountThere,
  message: accountThere,
  register: { duration: 'end this long after the registration' },
  serve: {
    listen: 'where to listen (default: 5060 or the next free port)',
    transport: 'udp, tcp, tls, ws or wss (default: udp and tcp)',
    duration: 'end after this long',
  },
}

/** Adds the options that every command takes; the help names those that it makes use of. */
export function withSharedOptions(command: Command): Command {
  command
    .addOption(new Option('--aor <uri>', 'who we are, for example sip:alice@example.com').argParser(addressOfRecord))
    .option('--user <name>', 'the user name for digest (default: the user of --aor)')
    .addOption(new Option('--password <password>', 'the password for digest').env('NETSIP_PASSWORD'))
    .addOption(new Option('--registrar <uri>', 'where to register (default: the domain of --aor)').argParser(sipUri))
    .addOption(new Option('--proxy <uri>', 'send every request through this proxy').argParser(sipUri))
    .addOption(
      new Option('--transport <name>', 'udp, tcp, tls, ws or wss (default: what the addresses ask for)').argParser(
        transport,
      ),
    )
    .addOption(new Option('--listen <host:port>', 'where to listen (default: any free port)').argParser(listenAddress))
    .addOption(new Option('--codec <list>', 'codecs in order (default: PCMU,PCMA)').argParser(codecs))
    .addOption(new Option('--dtmf <digits>', 'digits to send once the call is answered').argParser(digits))
    .addOption(new Option('--duration <seconds>', 'end after this long').argParser(seconds))
    .addOption(new Option('--play <what>', 'FILE.wav, tone:HZ, echo or silence (default: silence)').argParser(play))
    .addOption(new Option('--record <file.wav>', 'record what the other side says').argParser(writable('.wav')))
    .addOption(new Option('--max-calls <count>', 'end after so many calls').argParser(count))
    .addOption(new Option('--ca <file.pem>', 'tls: whom to trust').argParser(pem))
    .addOption(new Option('--cert <file.pem>', 'tls: our certificate').argParser(pem))
    .addOption(new Option('--key <file.pem>', 'tls: its key').argParser(pem))
    .option('--insecure', 'tls: talk to servers whose certificate proves nothing; others can then listen in')
    .addOption(
      new Option('--srtp <mode>', 'off, or sdes: encrypted sound, with keys in the signalling').argParser(srtp),
    )
    .addOption(
      new Option('--expires <seconds>', 'how long a registration is asked for (default: 300)').argParser(expirySeconds),
    )
    .option('--commands', `obey lines on standard input: ${commandList}`)
    .option('--accept-transfers', 'call whom the other side hands us over to (default: refuse)')
    .option('--json', 'print every event as one JSON object a line')
    .option('--trace', 'print every SIP message to standard error, without secrets')
    .addOption(
      new Option('--pcap <file>', 'write every SIP message to a capture file, without secrets').argParser(writable('')),
    )
  const hidden = unused[command.name()] ?? []
  for (const option of command.options) {
    option.hideHelp(hidden.includes(option.attributeName()))
    option.description = meanings[command.name()]?.[option.attributeName()] ?? option.description
  }
  return command
}
