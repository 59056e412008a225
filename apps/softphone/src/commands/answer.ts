import { SipUri } from '@netsip/message'
import type { Call } from '@netsip/phone'
import { CallCommands } from '../calls/call-commands.ts'
import { follow, openSource } from '../calls/call-session.ts'
import { announceIncoming, FurtherCalls } from '../calls/further-calls.ts'
import { failureOf, report } from '../terminal/failure.ts'
import type { Io } from '../terminal/io.ts'
import type { SharedOptions } from '../options.ts'
import { hostPort, Output } from '../terminal/output.ts'
import { aborted, Interrupts, pause, silentGraceMs, withinGrace } from '../terminal/signals.ts'
import { ownAddress } from '../own-address.ts'
import { openStation, register, type Station, unregisteredCode } from '../calls/station.ts'

export interface AnswerCommandOptions extends SharedOptions {
  /** Seconds of 180 before the answer. */
  ring?: number
  /** The status to refuse every call with. */
  code?: number
}

/** `softphone answer`: answers, or refuses, every call that comes; 0 after Ctrl+C or `--max-calls`, 130 for Ctrl+C before it is registered. */
export async function answerCommand(options: AnswerCommandOptions, io: Io): Promise<number> {
  const output = new Output(io, options)
  using interrupts = new Interrupts(io)
  using commands = options.commands ? new CallCommands(io, output) : undefined
  let station: Station
  try {
    // Better now than in the middle of the first call.
    await openSource(options.play)
    station = await openStation({ ...options, ...(!options.registrar && { nearPort: 5060 }) }, output)
  } catch (error) {
    report(output, failureOf(error, { what: 'answering' }))
    return 1
  }
  try {
    const done = takeCalls(station, options, output, commands, interrupts.signal)
    if (options.registrar) {
      const outcome = await register(station, options, output, interrupts.signal)
      if (outcome !== 'registered') return unregisteredCode[outcome]
    } else output.note(`waiting for calls to ${addressOf(station)}`)
    await done
    return 0
  } finally {
    await station.close()
  }
}

/** What to call us by without any server: where a wildcard listens, the first address that others reach. */
function addressOf({ phone, aor }: Station): string {
  const { transport, host, port } = phone.local
  const way = transport === 'udp' ? '' : `;transport=${transport}`
  return `sip:${SipUri.parse(aor).rawUser}@${hostPort(ownAddress(host), port)}${way}`
}

/** Resolves when `--max-calls` calls are over, or at Ctrl+C (`signal`) when those under way have been hung up. */
async function takeCalls(
  { phone }: Station,
  options: AnswerCommandOptions,
  output: Output,
  commands: CallCommands | undefined,
  signal: AbortSignal,
): Promise<void> {
  const most = options.maxCalls ?? Number.POSITIVE_INFINITY
  const underWay = new Set<Promise<void>>()
  const further = new FurtherCalls({ phone, commands, options, output })
  const enough = new Promise<void>((resolve) => {
    let [taken, number] = [0, 0]
    phone.on('call', (call) => {
      // One that takes the place of another is no further call: its peer was handed over to us.
      const counts = call.replaces === undefined
      if ((counts && taken >= most) || signal.aborted) return call.reject(486)
      if (counts) taken++
      const whole = takeCall({ call, number: ++number, options, output, commands, further }).finally(() => {
        underWay.delete(whole)
        if (taken >= most && underWay.size === 0) resolve()
      })
      underWay.add(whole)
      return whole
    })
  })
  await Promise.race([enough, aborted(signal)])
  for (const call of phone.calls) void call.hangup()
  // What is to be said of them comes before what closing the phone says.
  await withinGrace(Promise.allSettled([...underWay, further.over()]), silentGraceMs)
}

interface Taken {
  readonly call: Call
  /** Which call this is, counted from 1. */
  readonly number: number
  readonly options: AnswerCommandOptions
  readonly output: Output
  readonly commands: CallCommands | undefined
  readonly further: FurtherCalls
}

async function takeCall(taken: Taken): Promise<void> {
  const { call, options, output } = taken
  announceIncoming(call, output)
  const ended = follow(taken)
  // RFC 3891 3: who is handed over to us while we talk is answered at once.
  if (!call.replaces) await ringFirst(call, options, output)
  // The caller may have given up; then there is nothing left to answer.
  if (call.state === 'ringing') {
    if (options.code === undefined) void call.answer()
    else call.reject(options.code)
  }
  await ended
  // Calls made meanwhile go on when this one is over.
  await taken.further.over()
}

async function ringFirst(call: Call, { ring }: AnswerCommandOptions, output: Output): Promise<void> {
  if (ring === undefined) return
  call.ring()
  output.event('ringing', { callId: call.id, status: 180 }, 'ringing')
  const over = new AbortController()
  void call.ended.then(() => over.abort())
  await pause(ring * 1000, over.signal)
}
