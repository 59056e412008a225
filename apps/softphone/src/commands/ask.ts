import type { SipResponse } from '@netsip/message'
import type { Phone } from '@netsip/phone'
import { failureOf, report } from '../terminal/failure.ts'
import type { Io } from '../terminal/io.ts'
import type { SharedOptions } from '../options.ts'
import { duration, Output } from '../terminal/output.ts'
import { Interrupts, whileWaiting } from '../terminal/signals.ts'
import { credentialsOf, openStation, type Station } from '../calls/station.ts'

interface Question {
  /** For example `OPTIONS to sip:bob@example.com`. */
  what: string
  /** For example `asking sip:bob@example.com`. */
  doing: string
  target: string
  ask: (phone: Phone) => Promise<SipResponse>
  /** The answer in words. */
  line: (response: SipResponse, took: string) => string
}

/** Sends one request and tells its answer: 0 for a 2xx, 1 for anything else, 130 for Ctrl+C. */
async function ask({ what, doing, target, ask, line }: Question, options: SharedOptions, io: Io): Promise<number> {
  const output = new Output(io, options)
  using interrupts = new Interrupts(io)
  let station: Station | undefined
  try {
    station = await openStation({ ...options, target }, output)
    output.note(doing)
    const started = performance.now()
    const either = Promise.race([ask(station.phone), interrupts.interrupted])
    whileWaiting(either, () => output.note(`${target} has not answered yet; Ctrl+C gives up`))
    const response = await either
    if (!response) {
      output.log(`gave up ${doing}: no answer`)
      return 130
    }
    const { callId, status, reason, allow } = response
    const methods = allow.length > 0 && { methods: allow }
    output.event(
      'response',
      { callId, status, reason, ...methods },
      line(response, duration(performance.now() - started)),
    )
    return 0
  } catch (error) {
    report(output, failureOf(error, { what, ...(station && credentialsOf(options, station.aor)) }))
    return 1
  } finally {
    await station?.close()
  }
}

/** `softphone options URI`: asks a peer what it can do. */
export function optionsCommand(target: string, options: SharedOptions, io: Io): Promise<number> {
  return ask(
    {
      what: `OPTIONS to ${target}`,
      doing: `asking ${target}`,
      target,
      ask: (phone) => phone.options(target),
      line: ({ status, reason, allow }, took) => {
        const methods = allow.length > 0 ? `; it takes ${allow.join(', ')}` : ''
        return `${target} answered ${status} ${reason} in ${took}${methods}`
      },
    },
    options,
    io,
  )
}

/** `softphone message URI TEXT`: sends a text. */
export function messageCommand(target: string, text: string, options: SharedOptions, io: Io): Promise<number> {
  return ask(
    {
      what: `the message to ${target}`,
      doing: `sending a message to ${target}`,
      target,
      ask: (phone) => phone.message(target, text),
      line: ({ status, reason }, took) => `${target} took the message (${status} ${reason}) in ${took}`,
    },
    options,
    io,
  )
}
