import { echo, tone } from '@netsip/media'
import { createPhone, type Call, type Phone } from '@netsip/phone'
import { hostPort } from '../terminal/output.ts'

/** What an answering line plays. */
export type LineKind = 'echo' | 'tone'

const toneHz = 440
const longestMs = 30 * 60_000
const maxCalls = 50

/** A phone that answers by itself: with what the caller says, or with a tone. */
export class AnsweringLine {
  /** The address of the phone itself. */
  readonly uri: string
  readonly #phone: Phone

  private constructor(kind: LineKind, phone: Phone) {
    this.#phone = phone
    this.uri = `sip:${kind}@${hostPort(phone.local.host, phone.local.port)}`
    phone.on('call', (call) => (kind === 'echo' ? answerWithEcho(call) : answerWithTone(call)))
  }

  /** Opens the line on any free port of this address. */
  static async open(kind: LineKind, host: string): Promise<AnsweringLine> {
    const aor = `sip:${kind}@${hostPort(host, 5060)}`
    // Two machines that send back each text they get would never end: a line takes none, and does not say that it does.
    const phone = await createPhone({ aor, listen: { host, port: 0 }, maxCalls, messages: false })
    return new AnsweringLine(kind, phone)
  }

  close(): Promise<void> {
    return this.#phone.close()
  }
}

function answerWithEcho(call: Call): Promise<void> {
  const source = echo()
  call.record(source)
  return answer(call, source)
}

function answerWithTone(call: Call): Promise<void> {
  return answer(call, tone(toneHz))
}

/** Answers, and hangs up on callers who forgot the line. */
function answer(call: Call, source: ReturnType<typeof tone>): Promise<void> {
  const timer = setTimeout(() => void call.hangup(), longestMs)
  timer.unref()
  call.on('ended', () => clearTimeout(timer))
  return call.answer({ source })
}
