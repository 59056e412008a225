import type { Call, Phone } from '@netsip/phone'
import type { CallCommands } from './call-commands.ts'
import { nameOf } from './call-lines.ts'
import { follow } from './call-session.ts'
import { failureOf, report } from './failure.ts'
import { needsDomain, type SharedOptions } from './options.ts'
import { duration, type Output } from './output.ts'
import { whileWaiting } from './signals.ts'

interface DialledInit {
  readonly phone: Phone
  /** What is typed, where anything is. */
  readonly commands: CallCommands | undefined
  readonly options: SharedOptions
  readonly output: Output
}

/** The calls that are made with `dial`, beside those that the command is about. */
export class DialledCalls {
  readonly #init: DialledInit
  readonly #options: SharedOptions
  readonly #underWay = new Set<Promise<unknown>>()
  #count = 0

  constructor(init: DialledInit) {
    this.#init = init
    // They have recordings of their own, and what was to be dialled in the first call is not dialled again.
    const record = init.options.record?.replace(/(\.[^.]*)?$/, '-dialled$1')
    this.#options = { ...init.options, dtmf: '', ...(record !== undefined && { record }) }
    init.commands?.dialWith((target) => this.#dial(target))
  }

  /** Resolves when none is under way. */
  async over(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay)
  }

  async #dial(target: string): Promise<void> {
    const { phone, options, output } = this.#init
    if (!/\s/.test(target) && needsDomain(target, options))
      throw new Error(`in which domain? Say sip:${target}@HOST, or --aor`)
    const started = performance.now()
    const call = await phone.call(target)
    output.note(`calling ${target}`)
    announce(call, output, started)
    const whole = this.#follow(call, target).finally(() => this.#underWay.delete(whole))
    this.#underWay.add(whole)
  }

  async #follow(call: Call, target: string): Promise<void> {
    const { commands, output } = this.#init
    const number = ++this.#count
    const end = await follow({ call, commands, options: this.#options, output, number })
    await call.answered.catch((error: unknown) => {
      if (end.by !== 'local') report(output, failureOf(error, { what: `the call to ${target}` }), call.id)
    })
  }
}

/** Tells how a call of ours gets on until it is answered; `started` is when it was asked for, as `performance.now()`. */
export function announce(call: Call, output: Output, started: number): void {
  const callId = call.id
  const heard = new Promise<void>((resolve) => {
    const hear = (): void => resolve()
    call.on('ringing', hear).on('answered', hear).on('ended', hear)
  })
  whileWaiting(heard, () => output.note(`nothing has come from ${nameOf(call)} yet`))
  call.on('ringing', (status, reason) => output.event('ringing', { callId, status }, `ringing (${status} ${reason})`))
  call.on('answered', () => {
    const codec = call.codec ?? 'no sound'
    const line = `answered in ${duration(performance.now() - started)}, ${codec}`
    output.event('answered', { callId, status: 200, codec }, line)
  })
}
