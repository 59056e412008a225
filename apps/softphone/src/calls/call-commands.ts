import type { Call } from '@netsip/phone'
import { type CallLine, CallLines, lineText, nameOf } from './call-lines.ts'
import { failureOf, report } from '../terminal/failure.ts'
import type { Io } from '../terminal/io.ts'
import type { Output } from '../terminal/output.ts'

/** Calls somebody; resolves when the call is on its way. */
export type Dial = (target: string) => Promise<void>

/** What can be done with, while a line is obeyed. */
interface Desk {
  readonly lines: CallLines
  readonly dial: Dial | undefined
  readonly output: Output
  /** Calls that are about to end because they are handed over. */
  readonly leaving: Set<Call>
}

interface Verb {
  /** How it is typed. */
  readonly usage: string
  readonly needs?: string
  /** It is not about the call that is steered. */
  readonly apart?: boolean
  /** Resolves with what is said when it is done. */
  act(desk: Desk, argument: string): Promise<string | void> | string | void
}

/** What was typed does not fit what there is; nothing has been tried. */
class Unfit extends Error {}

const oneCall =
  (name: string, act: (call: Call, argument: string) => Promise<void> | void, done?: string): Verb['act'] =>
  async ({ lines: { current } }, argument) => {
    if (!current) throw new Unfit(`${name} needs a call`)
    await act(current.call, argument)
    return done
  }

const verbs: Readonly<Record<string, Verb>> = {
  hold: { usage: 'hold', act: oneCall('hold', (call) => call.hold(), 'on hold') },
  resume: { usage: 'resume', act: oneCall('resume', (call) => call.resume(), 'taken back') },
  mute: { usage: 'mute', act: oneCall('mute', (call) => call.mute(), 'muted') },
  unmute: { usage: 'unmute', act: oneCall('unmute', (call) => call.mute(false), 'heard again') },
  dtmf: {
    usage: 'dtmf DIGITS',
    needs: 'digits',
    act: oneCall('dtmf', (call, digits) => call.sendDtmf(digits), 'digits sent'),
  },
  transfer: {
    usage: 'transfer URI',
    needs: 'an address',
    act: oneCall('transfer', (call, target) => call.transfer(target), 'transferred'),
  },
  hangup: { usage: 'hangup', act: oneCall('hangup', (call) => call.hangup()) },
  dial: { usage: 'dial URI', needs: 'an address', apart: true, act: dialBeside },
  atransfer: { usage: 'atransfer [LINE]', act: connect },
  line: { usage: 'line LINE', needs: 'the number of a call, as calls lists them', apart: true, act: choose },
  calls: { usage: 'calls', apart: true, act: list },
}

/** What can be typed, for the help. */
export const commandList: string = Object.values(verbs)
  .map(({ usage }) => usage)
  .join(', ')

/** Calls somebody else meanwhile: who is in the call now is put on hold, and taken back when there is nobody to call. */
async function dialBeside({ lines: { current }, dial, output }: Desk, target: string): Promise<void> {
  if (!dial) throw new Unfit('dial: nobody can be called yet; wait for the line that says where we listen')
  const call = current?.call
  const holds = call?.state === 'answered' && !call.held
  if (holds) {
    await call.hold()
    output.note(`${nameOf(call)} is on hold`)
  }
  try {
    await dial(target)
  } catch (error) {
    if (holds) await call.resume()
    throw error
  }
}

/** Hands over whom we talked to before to whom we talk to now (RFC 5589 7). */
async function connect({ lines, leaving }: Desk, number: string): Promise<string> {
  const target = lines.current
  if (!target || lines.others.length === 0)
    throw new Unfit('atransfer needs two calls that are answered: dial URI makes the second one')
  const given = otherLine(lines, target, number)
  const waiting = [target, given].find(({ call }) => call.state !== 'answered')
  if (waiting) throw new Unfit(`atransfer needs two calls that are answered; line ${lineText(waiting)}`)
  leaving.add(target.call).add(given.call)
  try {
    await given.call.transfer(target.call)
  } finally {
    leaving.delete(target.call)
    leaving.delete(given.call)
  }
  return `transferred: ${nameOf(given.call)} talks to ${nameOf(target.call)}`
}

function otherLine(lines: CallLines, current: CallLine, number: string): CallLine {
  if (number === '' && lines.others.length === 1) return lines.others[0]!
  const line = number === '' ? undefined : namedLine(lines, number)
  if (line && line !== current) return line
  const choice = lines.others.map(lineText).join('; ')
  throw new Unfit(`atransfer: whom to hand over to ${nameOf(current.call)}? Name the line: ${choice}`)
}

function choose({ lines }: Desk, number: string): string {
  const line = namedLine(lines, number)
  lines.choose(line)
  return `line ${lineText(line)}`
}

function list({ lines }: Desk): string {
  const rows = lines.all.map((line) => `${line === lines.current ? '>' : ' '} ${lineText(line)}`)
  return rows.join('\n') || 'no calls'
}

function namedLine(lines: CallLines, number: string): CallLine {
  const line = lines.find(number)
  if (line) return line
  const there = lines.all.map(lineText).join('; ')
  throw new Unfit(`there is no line ${number}${there && `; there are ${there}`}`)
}

/** With `--commands`: lines on standard input steer the calls. */
export class CallCommands {
  readonly #output: Output
  readonly #lines = new CallLines()
  readonly #leaving = new Set<Call>()
  readonly #off: () => void
  #dial: Dial | undefined

  constructor(io: Io, output: Output) {
    this.#output = output
    this.#off = io.onLine((line) => void this.#obey(line))
    output.note(`commands: ${commandList}`)
  }

  /** From now on further calls can be made. */
  dialWith(dial: Dial): void {
    this.#dial = dial
  }

  /** The call is steered from now on, until it ends. @returns what is to be called when its end was told: says what is steered then */
  follow(call: Call): () => void {
    let steered = false
    call.on('ended', () => (steered = this.#lines.current?.call === call))
    this.#lines.add(call)
    return () => {
      const { current } = this.#lines
      if (steered && current && !this.#leaving.has(current.call)) this.#output.note(`now line ${lineText(current)}`)
    }
  }

  [Symbol.dispose](): void {
    this.#off()
  }

  async #obey(line: string): Promise<void> {
    const [, typed = '', argument = ''] = /^\s*(\S*)\s*(.*?)\s*$/.exec(line) ?? []
    const name = typed.toLowerCase()
    if (name === '') return
    const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined
    if (!verb) return this.#output.log(`'${typed}' is no command; there are ${commandList}`)
    if (verb.needs !== undefined && argument === '')
      return this.#output.log(`${name} needs ${verb.needs}: ${verb.usage}`)
    const callId = verb.apart ? undefined : this.#lines.current?.call.id
    const desk = { lines: this.#lines, leaving: this.#leaving, dial: this.#dial, output: this.#output }
    try {
      const done = await verb.act(desk, argument)
      if (done) this.#output.note(done)
    } catch (error) {
      if (error instanceof Unfit) return this.#output.log(error.message)
      const what = verb.usage.replace(/\[?[A-Z]+\]?$/, () => argument).trim()
      report(this.#output, failureOf(error, { what }), callId)
    }
  }
}
