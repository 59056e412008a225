import type { Call, CallEnd, Phone } from '@netsip/phone'
import type { CallCommands } from './call-commands.ts'
import { nameOf } from './call-lines.ts'
import { follow } from './call-session.ts'
import { failureOf, report } from '../terminal/failure.ts'
import { needsDomain, type SharedOptions } from '../options.ts'
import { duration, type Output } from '../terminal/output.ts'
import { whileWaiting } from '../terminal/signals.ts'

interface FurtherInit {
  readonly phone: Phone
  /** What is typed, where anything is. */
  readonly commands: CallCommands | undefined
  readonly options: SharedOptions
  readonly output: Output
}

/** The calls that come to be beside those that the command is about: dialled meanwhile, or in the place of one of them. */
export class FurtherCalls {
  readonly #init: FurtherInit
  readonly #underWay = new Set<Promise<unknown>>()
  /** How many of each kind, for the names of the recordings. */
  readonly #counts = { dialled: 0, 'taken-over': 0 }

  constructor(init: FurtherInit) {
    this.#init = init
    init.commands?.dialWith((target) => this.#dial(target))
  }

  /** Resolves when none is under way. */
  async over(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay)
  }

  /** Answers a call that takes the place of one of ours (RFC 3891): its peer was handed over to us. Any other one is refused. */
  async takeOver(call: Call): Promise<void> {
    if (!call.replaces) return call.reject(480)
    announceIncoming(call, this.#init.output)
    this.#keep(this.#follow(call, 'taken-over'))
    await call.answer()
  }

  async #dial(target: string): Promise<void> {
    const { phone, options, output } = this.#init
    if (!/\s/.test(target) && needsDomain(target, options))
      throw new Error(`in which domain? Say sip:${target}@HOST, or --aor`)
    const started = performance.now()
    const call = await phone.call(target)
    output.note(`calling ${target}`)
    announce(call, output, started)
    this.#keep(this.#followDialled(call, target))
  }

  async #followDialled(call: Call, target: string): Promise<void> {
    const { by } = await this.#follow(call, 'dialled')
    await call.answered.catch((error: unknown) => {
      if (by !== 'local') report(this.#init.output, failureOf(error, { what: `the call to ${target}` }), call.id)
    })
  }

  /** It has a recording of its own, and what was to be dialled in the first call is not dialled again. */
  #follow(call: Call, kind: 'dialled' | 'taken-over'): Promise<CallEnd> {
    const { commands, options, output } = this.#init
    const record = options.record?.replace(/(\.[^.]*)?$/, `-${kind}$1`)
    const own = { ...options, dtmf: '', ...(record !== undefined && { record }) }
    return follow({ call, commands, options: own, output, number: ++this.#counts[kind] })
  }

  #keep(followed: Promise<unknown>): void {
    const whole = followed.finally(() => this.#underWay.delete(whole))
    this.#underWay.add(whole)
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

/** Tells of a call that has come, and of its answer. */
export function announceIncoming(call: Call, output: Output): void {
  const callId = call.id
  const [from, to] = [nameOf(call), call.local.uri.toString()]
  const { replaces } = call
  const place = replaces ? `, in place of that with ${nameOf(replaces)}` : ''
  output.event(
    'incoming',
    { callId, from, to, ...(replaces && { replaces: replaces.id }) },
    `call from ${from}${place}`,
  )
  call.on('answered', () => {
    const codec = call.codec ?? 'no sound'
    output.event('answered', { callId, status: 200, codec }, `answered ${from}, ${codec}`)
  })
}
