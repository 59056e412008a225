import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { loopbackCertificate as certificate, loopbackKey as privateKey } from '@netsip/transport/testing'
import { Child } from './child.ts'
import { freePort } from './ports.ts'
import { scratchFolder } from './scratch.ts'

/** An event of baresip's ctrl_tcp module. */
export interface BaresipEvent {
  readonly type: string
  readonly param?: string
  readonly peeruri?: string
}

/** A headless baresip: plays a WAV file, records what it hears, is steered over its control port. */
export class Baresip implements AsyncDisposable {
  readonly sipPort: number
  readonly #folder: string
  readonly #child: Child
  readonly #control: Socket
  readonly #events: BaresipEvent[] = []
  readonly #waiting = new Set<() => void>()

  private constructor(sipPort: number, folder: string, child: Child, control: Socket) {
    this.sipPort = sipPort
    this.#folder = folder
    this.#child = child
    this.#control = control
    this.#readEvents()
  }

  /** Starts baresip with one account line (`%PORT%` becomes its SIP port) and the sound it plays. */
  static async start(account: string, playWav: Uint8Array): Promise<Baresip> {
    const folder = scratchFolder('baresip')
    const [sipPort, controlPort, rtpPort] = [await freePort(), await freePort(), await freePort()]
    mkdirSync(join(folder, 'rec'))
    writeFileSync(join(folder, 'play.wav'), playWav)
    const tls = account.includes('transport=tls')
    writeFileSync(join(folder, 'both.pem'), certificate + privateKey)
    writeFileSync(join(folder, 'config'), configuration(folder, { sipPort, controlPort, rtpPort, tls }))
    writeFileSync(join(folder, 'accounts'), `${account.replaceAll('%PORT%', String(sipPort))}\n`)
    writeFileSync(join(folder, 'contacts'), '')
    const child = new Child('baresip', ['-4', '-f', folder])
    return new Baresip(sipPort, folder, child, await connectControl(controlPort, child))
  }

  /** Where it takes TLS, when its account asks for `transport=tls`: beside the port for UDP and TCP. */
  get tlsPort(): number {
    return this.sipPort + 1
  }

  /** Runs a menu command (`dial`, `sndcode`, `hangup` ...). */
  command(command: string, params = ''): void {
    const body = JSON.stringify({ command, params, token: command })
    this.#control.write(`${Buffer.byteLength(body)}:${body},`)
  }

  /** The first event of this type that fits, past or to come. */
  async event(
    type: string,
    fits: (event: BaresipEvent) => boolean = () => true,
    timeoutMs = 15_000,
  ): Promise<BaresipEvent> {
    const deadline = performance.now() + timeoutMs
    for (;;) {
      const found = this.#events.find((event) => event.type === type && fits(event))
      if (found) return found
      const left = deadline - performance.now()
      if (left <= 0)
        throw new Error(
          `baresip: no ${type} within ${timeoutMs} ms; saw ${JSON.stringify(this.#events)}\n${this.#child.output}`,
        )
      await this.#more(left)
    }
  }

  /** The first line of its log with this text; a registration may be over before the control port is connected. */
  says(text: string): Promise<string> {
    return this.#child.line((line) => line.includes(text))
  }

  /** Paths of the recordings of what baresip heard; complete once it has stopped. */
  get recordings(): string[] {
    const folder = join(this.#folder, 'rec')
    return readdirSync(folder)
      .filter((name) => name.endsWith('-dec.wav'))
      .map((name) => join(folder, name))
  }

  get output(): string {
    return this.#child.output
  }

  async stop(): Promise<void> {
    this.#control.destroy()
    await this.#child.stop('SIGTERM')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /** ctrl_tcp frames JSON as netstrings: `LENGTH:BODY,`. */
  #readEvents(): void {
    let buffer = Buffer.alloc(0)
    this.#control.on('data', (chunk: Buffer) => {
      buffer = Buffer.concat([buffer, chunk])
      for (;;) {
        const colon = buffer.indexOf(':')
        const length = Number(buffer.subarray(0, Math.max(colon, 0)).toString())
        if (colon < 0 || buffer.length < colon + length + 2) return
        const body = buffer.subarray(colon + 1, colon + 1 + length).toString()
        buffer = buffer.subarray(colon + length + 2)
        const value = JSON.parse(body) as BaresipEvent & { event?: boolean }
        if (value.event) this.#events.push(value)
        for (const wake of this.#waiting) wake()
        this.#waiting.clear()
      }
    })
    this.#control.on('error', () => {})
  }

  #more(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs)
      this.#waiting.add(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }
}

async function connectControl(port: number, child: Child): Promise<Socket> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const socket = connect(port, '127.0.0.1')
    const connected = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true))
      socket.once('error', () => resolve(false))
    })
    if (connected) return socket
    await wait(100)
  }
  await child.stop('SIGTERM')
  throw new Error(`baresip does not listen on its control port:\n${child.output}`)
}

interface Configured {
  readonly sipPort: number
  readonly controlPort: number
  readonly rtpPort: number
  readonly tls: boolean
}

// No sound card: aufile plays the WAV (8 kHz mono), aubridge swallows the speaker's part, sndfile writes *-dec.wav.
function configuration(folder: string, { sipPort, controlPort, rtpPort, tls }: Configured): string {
  const modules = ['g711', 'sndfile', 'aufile', 'aubridge', 'srtp'].map((name) => `module ${name}.so`)
  const applications = ['uuid', 'account'].map((name) => `module_tmp ${name}.so`)
  const menus = ['contact', 'menu', 'ctrl_tcp'].map((name) => `module_app ${name}.so`)
  return [
    'poll_method epoll',
    `sip_listen 127.0.0.1:${sipPort}`,
    ...(tls ? [`sip_certificate ${join(folder, 'both.pem')}`, `sip_cafile ${join(folder, 'both.pem')}`] : []),
    'net_interface 127.0.0.1',
    `audio_source aufile,${join(folder, 'play.wav')}`,
    'audio_player aubridge,sink',
    'audio_alert aubridge,alert',
    'audio_buffer 20-160',
    `rtp_ports ${rtpPort}-${rtpPort + 40}`,
    'rtcp_mux no',
    'jitter_buffer_delay 5-10',
    'module_path /usr/lib/baresip/modules',
    ...modules,
    ...applications,
    ...menus,
    `ctrl_tcp_listen 127.0.0.1:${controlPort}`,
    `snd_path ${join(folder, 'rec')}`,
    'ringback_disabled yes',
    'menu_bell no',
    'statmode_default off',
    '',
  ].join('\n')
}
