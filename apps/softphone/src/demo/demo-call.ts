import { tone, ToneDetector } from '@netsip/media'
import type { Call, Phone } from '@netsip/phone'
import type { TraceEvent } from '@netsip/runtime'
import { formatLadder } from '@netsip/transport'
import { failureOf } from '../failure.ts'
import { duration } from '../output.ts'
import { pause } from '../signals.ts'

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
/** Loopback loses nothing; a busy machine may still be late for a packet or two at the end. */
const enough = 0.9

/** Calls the echo line with a tone and says whether it came back. */
export async function demoCall(options: DemoCallOptions): Promise<Verdict> {
  const { phone, target, seconds, messages, names, signal } = options
  const first = messages.length
  const ladder = (): string => formatLadder(messages.slice(first), names)
  const started = performance.now()
  const call = await phone.call(target, { source: tone(hz) })
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
  await call.hangup()
  return { ...judge(call, took, detector.present), ladder: ladder() }
}

function judge(call: Call, took: number, heard: boolean): Pick<Verdict, 'good' | 'line'> {
  const { sent, received, lost } = call.stats()
  const good = heard && sent > 0 && received >= sent * enough
  const came = heard ? `the ${hz} Hz tone came back` : `the ${hz} Hz tone did not come back`
  return { good, line: `answered in ${duration(took)}; ${sent} packets out, ${received} back, ${lost} lost; ${came}` }
}
