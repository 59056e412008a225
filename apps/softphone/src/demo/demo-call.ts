import { tone, ToneDetector } from '@netsip/media'
import type { Call, Phone } from '@netsip/phone'
import type { TraceEvent } from '@netsip/runtime'
import { formatLadder } from '@netsip/transport'
import { failureOf } from '../terminal/failure.ts'
import { duration } from '../terminal/output.ts'
import { pause } from '../terminal/signals.ts'

/** What the demo call showed. */
export interface Verdict {
  readonly good: boolean
  readonly line: string
  /** The messages of the call as a ladder. */
  readonly ladder: string
}

export interface DemoCallOptions {
  phone: Phone
  target: string
  seconds: number
  /** Every message of the server so far and to come; the call picks its own. */
  messages: readonly TraceEvent[]
  /** Who is who in the ladder, by host:port. */
  names: Readonly<Record<string, string>>
  signal: AbortSignal
}

const hz = 440
const packetsPerSecond = 50
/** How long the last packets may take, and how often they are looked for, milliseconds. */
const lastPacketsMs = 1000
const lookMs = 10

/**
 * Calls the echo line with a tone and says whether it came back. With media that is quiet when nothing is to be said,
 * the packets are exactly those of the tone.
 */
export async function demoCall(options: DemoCallOptions): Promise<Verdict> {
  const { phone, target, seconds, messages, names, signal } = options
  const first = messages.length
  const ladder = (): string => formatLadder(messages.slice(first), names)
  const started = performance.now()
  const call = await phone.call(target, { source: tone(hz, { durationMs: seconds * 1000 }) })
  const detector = new ToneDetector(hz)
  call.record(detector)
  try {
    await call.answered
  } catch (error) {
    return {
      good: false,
      line: failureOf(error, { what: `the call to ${target}` }).line,
      ladder: ladder(),
    }
  }
  const took = performance.now() - started
  await pause(seconds * 1000, signal)
  await lastPackets(call, seconds * packetsPerSecond, signal)
  await call.hangup()
  return { ...judge(call, took, detector.present), ladder: ladder() }
}

/** Waits until all is said and heard, or there is no more hope. */
async function lastPackets(call: Call, expected: number, signal: AbortSignal): Promise<void> {
  for (let waited = 0; waited < lastPacketsMs && !signal.aborted; waited += lookMs) {
    const { sent, received } = call.stats()
    if (sent >= expected && received >= sent) return
    await pause(lookMs, signal)
  }
}

function judge(call: Call, took: number, heard: boolean): Pick<Verdict, 'good' | 'line'> {
  const { sent, received, lost } = call.stats()
  const good = heard && sent > 0 && received === sent && lost === 0
  const came = heard ? `the ${hz} Hz tone came back` : `the ${hz} Hz tone did not come back`
  return { good, line: `answered in ${duration(took)}; ${sent} packets out, ${received} back, ${lost} lost; ${came}` }
}
