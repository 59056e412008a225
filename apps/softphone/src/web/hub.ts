import type { NameAddr } from '@netsip/message'
import type { Call, Phone, TextMessage } from '@netsip/phone'
import type { WebSocket } from 'ws'
import { failureOf } from '../terminal/failure.ts'
import { duration } from '../terminal/output.ts'
import { PageAudio } from './page-audio.ts'
import {
  type CallView,
  type Command,
  type Line,
  type LogEntry,
  parseCommand,
  type ServerMessage,
  type Snapshot,
} from './protocol.ts'

export interface HubOptions {
  phone: Phone
  aor: string
  lines: readonly Line[]
  /** A registration is on its way. */
  registering?: boolean
}

const maxCalls = 4
const longestLog = 50
/** Characters of a text that are shown. */
const longestText = 500
const mostBuffered = 64_000
/** Frames of sound that are taken from a page each second: 50, and what a busy browser held back. */
const mostFrames = 120
/** Commands a page may send each second: everything a hand can click. */
const mostCommands = 60

/** What did not work, in the notice about it. */
const names: Record<Command['type'], string> = {
  audio: 'the sound',
  dial: 'the call',
  answer: 'answering',
  reject: 'declining',
  hangup: 'hanging up',
  hold: 'holding the call',
  resume: 'taking the call back',
  transfer: 'handing over',
  connect: 'handing over',
  dtmf: 'sending digits',
}

interface Held {
  readonly call: Call
  readonly audio: PageAudio
  readonly since: number
  answeredAt?: number
}

/** Between the phone and the pages that are open: they see its state, steer it, and one of them has the sound. */
export class Hub {
  readonly #options: HubOptions
  readonly #sockets = new Set<WebSocket>()
  readonly #calls = new Map<string, Held>()
  readonly #log: LogEntry[] = []
  #registration: Snapshot['registration'] = 'none'
  #registrationText = 'not registered'
  /** The page that has the sound. */
  #sounding: WebSocket | undefined
  /** The call that has it. */
  #focus: string | undefined

  constructor(options: HubOptions) {
    this.#options = options
    if (options.phone.registered) this.#registered('registered', 'registered')
    else if (options.registering) this.#registered('pending', 'registering')
    options.phone
      .on('call', (call) => this.#incoming(call))
      .on('message', (message) => this.#text(message))
      .on('registered', () => this.#registered('registered', 'registered'))
      .on('unregistered', () => this.#registered('none', 'not registered'))
      .on('registrationFailed', (error) =>
        this.#registered('failed', failureOf(error, { what: 'the registration' }).line),
      )
  }

  /** A page is open. */
  add(socket: WebSocket): void {
    this.#sockets.add(socket)
    this.#sounding ??= socket
    let [frames, commands] = [0, 0]
    const second = setInterval(() => {
      frames = 0
      commands = 0
    }, 1000)
    second.unref()
    socket.on('message', (data, binary) => {
      if (binary) {
        frames++
        return frames > mostFrames ? undefined : this.#audio(socket, data as Buffer)
      }
      commands++
      if (commands > mostCommands) return socket.close(1008, 'too many messages')
      const command = parseCommand((data as Buffer).toString('utf8'))
      if (!command) return socket.close(1008, 'not a command')
      return void this.#obey(command, socket)
    })
    socket.on('error', () => socket.terminate())
    socket.on('close', () => {
      clearInterval(second)
      this.#sockets.delete(socket)
      if (this.#sounding === socket) this.#sounding = [...this.#sockets].at(-1)
      this.#tellAll()
    })
    this.#tellAll()
  }

  async #obey(command: Command, socket: WebSocket): Promise<void> {
    try {
      if (command.type === 'audio') this.#sounding = socket
      else if (command.type === 'dial') await this.#dial(command.target)
      else await this.#steer(command)
    } catch (error) {
      const { status, reason, line } = failureOf(error, { what: names[command.type] })
      // What a peer answered, such as Decline, says nothing without what it was asked for.
      this.#say(socket, { type: 'notice', text: status === undefined ? reason : line })
    }
    this.#tellAll()
  }

  async #dial(target: string): Promise<void> {
    if (this.#calls.size >= maxCalls) throw new Error(`no more than ${maxCalls} calls at a time`)
    this.#hold(await this.#options.phone.call(target))
  }

  async #steer(command: Extract<Command, { call: string }>): Promise<void> {
    const held = this.#calls.get(command.call)
    if (!held) return
    const { call } = held
    if (command.type === 'dtmf') await call.sendDtmf(command.digits)
    else if (command.type === 'answer') await call.answer()
    else if (command.type === 'reject') call.reject()
    else if (command.type === 'hold') await call.hold()
    else if (command.type === 'resume') await this.#takeBack(call)
    else if (command.type === 'transfer') await call.transfer(command.target)
    else if (command.type === 'connect') await call.transfer(this.#other(command.other))
    else await call.hangup()
  }

  #other(id: string): Call {
    const held = this.#calls.get(id)
    if (!held) throw new Error('that call is over')
    return held.call
  }

  /** With the call comes the sound, which another call may have had meanwhile. */
  async #takeBack(call: Call): Promise<void> {
    await call.resume()
    this.#focus = call.id
  }

  #incoming(call: Call): Promise<void> | void {
    const replaced = call.replaces && this.#calls.get(call.replaces.id)
    if (replaced) return this.#takeOver(call, replaced)
    if (this.#calls.size >= maxCalls || this.#sockets.size === 0) return call.reject(486)
    call.ring()
    return this.#hold(call)
  }

  /** RFC 3891 3: somebody we talk to has handed us over; the new call is answered at once, and takes the place of theirs. */
  #takeOver(call: Call, { call: before }: Held): Promise<void> {
    this.#hold(call, this.#focus === before.id)
    this.#tell({ type: 'notice', text: `${nameOf(before.remote)} handed you over to ${nameOf(call.remote)}` })
    return call.answer()
  }

  /** The call is ours from now on; with its answer comes the sound, unless it is told to wait. */
  #hold(call: Call, sounds = true): void {
    const audio = new PageAudio((frame) => this.#play(call, frame))
    const held: Held = { call, audio, since: Date.now() }
    this.#calls.set(call.id, held)
    call.on('ringing', () => this.#tellAll())
    call.on('media', () => this.#tellAll())
    call.on('hold', () => this.#tellAll())
    call.on('dtmf', ({ digit }) => this.#tell({ type: 'dtmf', call: call.id, digit }))
    call.on('answered', () => {
      held.answeredAt = Date.now()
      if (sounds) this.#focus = call.id
      this.#tellAll()
    })
    call.play(audio)
    call.record(audio)
    void this.#logAtEnd(held)
    this.#tellAll()
  }

  async #logAtEnd({ call, since }: Held): Promise<void> {
    const end = await call.ended
    const failure = await call.answered.then(
      () => undefined,
      (error: unknown) => failureOf(error, { what: 'the call' }),
    )
    this.#calls.delete(call.id)
    if (this.#focus === call.id)
      this.#focus = [...this.#calls.values()].find((held) => held.answeredAt !== undefined)?.call.id
    const missed = call.direction === 'in' ? 'missed' : 'not answered'
    const failed = failure !== undefined && end.by !== 'local'
    const text = failure ? (failed && call.direction === 'out' ? failure.line : missed) : duration(end.durationMs)
    this.#enter({ kind: 'call', time: since, remote: nameOf(call.remote), direction: call.direction, text, failed })
  }

  /** A text stands in the log, also for a page that is opened later. */
  #text({ from, text }: TextMessage): void {
    const shown = text.length > longestText ? `${text.slice(0, longestText)} ...` : text
    this.#enter({ kind: 'text', time: Date.now(), remote: nameOf(from), direction: 'in', text: shown, failed: false })
  }

  #enter(entry: LogEntry): void {
    this.#log.unshift(entry)
    this.#log.sort((one, other) => other.time - one.time)
    this.#log.length = Math.min(this.#log.length, longestLog)
    this.#tellAll()
  }

  /** Sound from the page that has it, to the call that has it. */
  #audio(socket: WebSocket, bytes: Uint8Array): void {
    if (socket === this.#sounding && this.#focus !== undefined) this.#calls.get(this.#focus)?.audio.fromPage(bytes)
  }

  #play(call: Call, frame: Uint8Array): void {
    const socket = this.#sounding
    // A page that does not keep up loses sound rather than hear it late.
    if (socket && call.id === this.#focus && socket.bufferedAmount < mostBuffered) socket.send(frame)
  }

  #registered(state: Snapshot['registration'], text: string): void {
    this.#registration = state
    this.#registrationText = text
    this.#tellAll()
  }

  #tellAll(): void {
    for (const socket of this.#sockets) this.#say(socket, this.#snapshot(socket))
  }

  #tell(message: ServerMessage): void {
    for (const socket of this.#sockets) this.#say(socket, message)
  }

  #say(socket: WebSocket, message: ServerMessage): void {
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message))
  }

  #snapshot(socket: WebSocket): Snapshot {
    return {
      type: 'state',
      aor: this.#options.aor,
      registration: this.#registration,
      registrationText: this.#registrationText,
      calls: [...this.#calls.values()].map((held) => this.#view(held)),
      log: this.#log,
      lines: [...this.#options.lines],
      audio: socket === this.#sounding,
    }
  }

  #view({ call, since, answeredAt }: Held): CallView {
    return {
      id: call.id,
      direction: call.direction,
      remote: nameOf(call.remote),
      state: call.state === 'answered' ? 'answered' : call.state === 'calling' ? 'calling' : 'ringing',
      since,
      ...(answeredAt !== undefined && { answeredAt }),
      ...(call.codec !== undefined && { codec: call.codec }),
      held: call.held,
      heldByPeer: call.heldByPeer,
      focus: call.id === this.#focus,
    }
  }
}

/** The display name, or the address without its scheme and parameters. */
function nameOf({ displayName, uri }: NameAddr): string {
  if (displayName) return displayName
  return uri
    .toString()
    .replace(/^sips?:/, '')
    .replace(/[;?].*$/, '')
}
