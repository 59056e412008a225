import type { Call, CallEnd } from '@netsip/phone'
import { CallCommands } from '../calls/call-commands.ts'
import { follow, openSource } from '../calls/call-session.ts'
import { announce, FurtherCalls } from '../calls/further-calls.ts'
import { failureOf, report } from '../terminal/failure.ts'
import type { Io } from '../terminal/io.ts'
import type { SharedOptions } from '../options.ts'
import { Output } from '../terminal/output.ts'
import { aborted, Interrupts, pause, silentGraceMs, withinGrace } from '../terminal/signals.ts'
import { credentialsOf, openStation, register, type Station, unregisteredCode } from '../calls/station.ts'

export interface CallCommandOptions extends SharedOptions {
  /** Seconds to wait for an answer. */
  timeout: number
}

/** `softphone call URI`: 0 when the call was answered and is over, 1 when it failed, 130 when Ctrl+C came before the answer. */
export async function callCommand(target: string, options: CallCommandOptions, io: Io): Promise<number> {
  const output = new Output(io, options)
  using interrupts = new Interrupts(io)
  using commands = options.commands ? new CallCommands(io, output) : undefined
  const what = `the call to ${target}`
  let station: Station
  try {
    // Better now than when somebody has been rung up.
    await openSource(options.play)
    station = await openStation({ ...options, target }, output)
  } catch (error) {
    report(output, failureOf(error, { what }))
    return 1
  }
  try {
    if (options.registrar) {
      const outcome = await register(station, options, output, interrupts.signal)
      if (outcome !== 'registered') return unregisteredCode[outcome]
    }
    const further = new FurtherCalls({ phone: station.phone, commands, options, output })
    station.phone.on('call', (call) => further.takeOver(call))
    // One call after the other; the first that fails is the last.
    let code = 0
    for (let number = 1; number <= (options.maxCalls ?? 1) && code === 0 && !interrupts.signal.aborted; number++) {
      code = await callOnce({ station, target, options, output, commands, further, signal: interrupts.signal, number })
    }
    return code
  } catch (error) {
    report(output, failureOf(error, { what }))
    return 1
  } finally {
    await station.close()
  }
}

interface OneCall {
  readonly station: Station
  readonly target: string
  readonly options: CallCommandOptions
  readonly output: Output
  readonly commands: CallCommands | undefined
  readonly further: FurtherCalls
  readonly signal: AbortSignal
  /** Which call this is, counted from 1. */
  readonly number: number
}

async function callOnce(one: OneCall): Promise<number> {
  const { station, target, options, output, commands, further, signal, number } = one
  const started = performance.now()
  const call = await station.phone.call(target)
  const callId = call.id
  output.note(`calling ${target}`)
  announce(call, output, started)
  // Calls made meanwhile go on when the first one is over.
  const ended = follow({ call, commands, options, output, number }).then(async (end) => {
    await further.over()
    return end
  })
  const settled = new AbortController()
  const outcome = await Promise.race([
    ended.then((end) => ({ end })),
    aborted(signal).then(() => ({ interrupted: call.state })),
    unanswered(call, options.timeout, settled.signal).then(() => ({ late: call.state })),
  ])
  settled.abort()
  if ('end' in outcome) return verdict(call, outcome.end, station, target, options, output)
  for (const one of station.phone.calls) void one.hangup()
  // RFC 3261 9.1: a CANCEL waits for a provisional response; from a peer that is silent there may be none.
  if (call.state === 'calling') await station.phone.close({ graceMs: silentGraceMs })
  await withinGrace(ended)
  // One that is over here has been handed over.
  if ('interrupted' in outcome) return outcome.interrupted === 'answered' || outcome.interrupted === 'ended' ? 0 : 130
  const reason = `nobody answered within ${options.timeout} s`
  report(
    output,
    { code: 'ERR_SIP_TIMEOUT', status: 408, reason, line: `the call to ${target} failed: ${reason}` },
    callId,
  )
  return 1
}

/** Resolves when nobody has answered in time; never when somebody has. */
async function unanswered(call: Call, seconds: number, over: AbortSignal): Promise<void> {
  await pause(seconds * 1000, over)
  const answered = call.state === 'answered' || call.state === 'ended'
  if (answered || over.aborted) await new Promise(() => {})
}

async function verdict(
  call: Call,
  end: CallEnd,
  { aor }: Station,
  target: string,
  options: CallCommandOptions,
  output: Output,
): Promise<number> {
  try {
    await call.answered
    return end.by === 'error' ? 1 : 0
  } catch (error) {
    report(output, failureOf(error, { what: `the call to ${target}`, ...credentialsOf(options, aor) }), call.id)
    return 1
  }
}
