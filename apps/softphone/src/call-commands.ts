import type { Call } from '@netsip/phone'
import { failureOf, report } from './failure.ts'
import type { Io } from './io.ts'
import type { Output } from './output.ts'

interface Verb {
  /** How it is typed. */
  readonly usage: string
  readonly needs?: string
  act(call: Call, argument: string): Promise<void> | void
  /** What is said when it is done. */
  readonly done?: string
}

const verbs: Readonly<Record<string, Verb>> = {
  hold: { usage: 'hold', act: (call) => call.hold(), done: 'on hold' },
  resume: { usage: 'resume', act: (call) => call.resume(), done: 'taken back' },
  mute: { usage: 'mute', act: (call) => call.mute(), done: 'muted' },
  unmute: { usage: 'unmute', act: (call) => call.mute(false), done: 'heard again' },
  dtmf: { usage: 'dtmf DIGITS', needs: 'digits', act: (call, digits) => call.sendDtmf(digits), done: 'digits sent' },
  transfer: {
    usage: 'transfer URI',
    needs: 'an address',
    act: (call, target) => call.transfer(target),
    done: 'transferred',
  },
  hangup: { usage: 'hangup', act: (call) => call.hangup() },
}

/** What can be typed, for the help. */
export const commandList: string = Object.values(verbs)
  .map(({ usage }) => usage)
  .join(', ')

/** With `--commands`: lines on standard input steer the call that was followed last. */
export class CallCommands {
  readonly #output: Output
  readonly #calls: Call[] = []
  readonly #off: () => void

  constructor(io: Io, output: Output) {
    this.#output = output
    this.#off = io.onLine((line) => void this.#obey(line))
    output.note(`commands: ${commandList}`)
  }

  /** The call is steered from now on, until it ends. */
  follow(call: Call): void {
    this.#calls.push(call)
    call.on('ended', () => void this.#calls.splice(this.#calls.indexOf(call), 1))
  }

  [Symbol.dispose](): void {
    this.#off()
  }

  async #obey(line: string): Promise<void> {
    const [, typed = '', argument = ''] = /^\s*(\S*)\s*(.*?)\s*$/.exec(line) ?? []
    const name = typed.toLowerCase()
    if (name === '') return
    const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined
    const call = this.#calls.at(-1)
    if (!verb) return this.#output.log(`'${typed}' is no command; there are ${commandList}`)
    if (verb.needs !== undefined && argument === '')
      return this.#output.log(`${name} needs ${verb.needs}: ${verb.usage}`)
    if (!call) return this.#output.log(`${name} needs a call`)
    try {
      await verb.act(call, argument)
      if (verb.done !== undefined) this.#output.note(verb.done)
    } catch (error) {
      report(this.#output, failureOf(error, { what: verb.usage.replace(/[A-Z]+$/, () => argument) }), call.id)
    }
  }
}
