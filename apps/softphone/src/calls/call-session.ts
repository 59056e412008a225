import type { AudioSink, AudioSource } from '@netsip/media'
import { echo, tone } from '@netsip/media'
import { openWavFile, wavFileSink } from '@netsip/media/node'
import type { Call, CallEnd, TransferRequest } from '@netsip/phone'
import type { CallCommands } from './call-commands.ts'
import { failureOf, report } from '../terminal/failure.ts'
import type { Play, SharedOptions } from '../options.ts'
import { duration, type Output } from '../terminal/output.ts'
import { pause } from '../terminal/signals.ts'

/** The sound that `--play` asks for; undefined is silence. Throws for a WAV file that cannot be played. */
export async function openSource(play: Play | undefined): Promise<AudioSource | undefined> {
  switch (play?.kind) {
    case 'file':
      return openWavFile(play.path)
    case 'tone':
      return tone(play.hz)
    case 'echo':
      return echo()
    default:
      return undefined
  }
}

/** The recording of the first call has the name that was asked for, the next ones count: heard.wav, heard-2.wav ... */
function recordingName(path: string, number: number): string {
  return number === 1 ? path : path.replace(/(\.[^.]*)?$/, `-${number}$1`)
}

function isSink(source: AudioSource | undefined): source is AudioSource & AudioSink {
  return source !== undefined && 'write' in source
}

interface Followed {
  readonly call: Call
  /** What is typed meanwhile. */
  readonly commands?: CallCommands | undefined
  readonly options: SharedOptions
  readonly output: Output
  /** Which call this is, counted from 1. */
  readonly number: number
}

/**
 * Goes along with a call from here to its end: tells what happens, plays, records, sends digits, and hangs up when its time
 * is over. The call has to be answered by others.
 */
export async function follow(followed: Followed): Promise<CallEnd> {
  const { call, commands, options, output } = followed
  const callId = call.id
  const over = new AbortController()
  call.on('dtmf', ({ digit, durationMs, via }) => {
    output.event('dtmf', { callId, digit, durationMs, via }, `they pressed ${digit}`)
  })
  let onHold = false
  call.on('hold', ({ local, remote }) => {
    const line = remote === onHold ? undefined : remote ? 'they put us on hold' : 'they took us back'
    onHold = remote
    output.event('hold', { callId, local, remote }, line)
  })
  call.on('error', (error) => output.log(failureOf(error, { what: 'the sound of the call' }).line))
  const transferred = options.acceptTransfers ? takeTransfer(followed) : undefined
  const tellSteered = commands?.follow(call)
  const finished = call.ended.finally(() => over.abort())
  const stopRecording = startRecording(followed)
  try {
    const source = await openSource(options.play)
    call.play(source)
    if (isSink(source)) call.record(source)
    // An answer that never comes is told by whoever waits for it.
    const answered = await call.answered.then(
      () => true,
      () => false,
    )
    if (answered) await Promise.all([dial(followed), hangUpInTime(call, options, over.signal)])
  } catch (error) {
    // What happens beside the end of a call ends it here.
    if (call.state !== 'ended') {
      report(output, failureOf(error, { what: 'the call' }), callId)
      await call.hangup()
    }
  }
  const end = await finished
  await stopRecording()
  tellEnd(followed, end)
  tellSteered?.()
  await transferred?.()
  return end
}

/** The new call has a recording of its own, and what was dialled is not dialled again. */
function afterTransfer(options: SharedOptions): SharedOptions {
  const record = options.record?.replace(/(\.[^.]*)?$/, '-transferred$1')
  return { ...options, dtmf: '', ...(record !== undefined && { record }) }
}

/** Calls whom the other side names, and follows that call as well; what this returns waits for its end. */
function takeTransfer(followed: Followed): () => Promise<unknown> {
  const { call, options, output } = followed
  let next: Promise<unknown> = Promise.resolve()
  const take = async (request: TransferRequest): Promise<void> => {
    const target = request.target.uri.toString()
    output.event('transfer', { callId: call.id, target }, `handed over to ${target}`)
    const placed = await request.accept()
    placed.answered.catch((error: unknown) => {
      report(output, failureOf(error, { what: `the call to ${target}` }), placed.id)
    })
    placed.on('answered', () => {
      const codec = placed.codec ?? 'no sound'
      output.event('answered', { callId: placed.id, status: 200, codec }, `answered by ${target}, ${codec}`)
    })
    await follow({ ...followed, options: afterTransfer(options), call: placed })
  }
  call.on('transfer', (request) => (next = take(request)))
  return () => next
}

async function dial({ call, options, output }: Followed): Promise<void> {
  if (!options.dtmf) return
  try {
    await call.sendDtmf(options.dtmf)
    output.note(`sent the digits ${options.dtmf}`)
  } catch (error) {
    if (call.state !== 'ended') report(output, failureOf(error, { what: 'sending the digits' }), call.id)
  }
}

async function hangUpInTime(call: Call, { duration: seconds }: SharedOptions, over: AbortSignal): Promise<void> {
  if (seconds === undefined) return
  await pause(seconds * 1000, over)
  if (call.state !== 'ended') await call.hangup()
}

function startRecording({ call, options, number }: Followed): () => Promise<void> {
  if (!options.record) return () => Promise.resolve()
  const sink = wavFileSink(recordingName(options.record, number))
  const off = call.record(sink)
  return async () => {
    off()
    await sink.close()
  }
}

function tellEnd({ call, output }: Followed, end: CallEnd): void {
  const callId = call.id
  if (call.codec !== undefined && end.durationMs > 0) {
    const { codec, sent, received, lost, jitterMs } = call.stats()
    const line = `${codec}: ${sent} packets out, ${received} back, ${lost} lost, ${jitterMs.toFixed(1)} ms jitter`
    output.event('media', { callId, codec, sent, received, lost, jitterMs: Math.round(jitterMs * 100) / 100 }, line)
  }
  const by = { local: 'by us', remote: 'by the other side', error: 'by a failure' }[end.by]
  const why =
    end.status === undefined && end.reason === undefined
      ? ''
      : ` (${[end.status, end.reason].filter(Boolean).join(' ')})`
  const { status, reason, durationMs } = end
  const fields = { by: end.by, ...(status !== undefined && { status }), ...(reason !== undefined && { reason }) }
  // Why a call of ours was not answered is said by the command that made it, in one line.
  const refused = call.direction === 'out' && durationMs === 0 && end.by !== 'local'
  const when = durationMs === 0 ? 'before the answer' : `after ${duration(durationMs)}`
  const line = refused ? undefined : `ended ${by}${why} ${when}`
  output.event('ended', { callId, ...fields, durationMs: Math.round(durationMs) }, line)
}
