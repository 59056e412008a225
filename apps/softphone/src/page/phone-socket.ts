import type { Command, ServerMessage, Snapshot } from '../web/protocol.ts'
import { Store } from './store.ts'

/** How the page stands with its server. */
export type Link = 'connecting' | 'open' | 'lost'

/** What the person is told in passing. */
export interface Notice {
  id: number
  text: string
}

const retryMs = 1500
// A page that falls behind drops sound rather than delay it.
const mostBuffered = 16_000

/** The page's end of the WebSocket: the state of the phone comes in, commands go out, sound goes both ways. */
export class PhoneSocket {
  readonly link: Store<Link> = new Store<Link>('connecting')
  readonly snapshot: Store<Snapshot | undefined> = new Store<Snapshot | undefined>(undefined)
  readonly notice: Store<Notice | undefined> = new Store<Notice | undefined>(undefined)
  /** The digits the other side sent, by call. */
  readonly heard: Store<Readonly<Record<string, string>>> = new Store<Readonly<Record<string, string>>>({})
  onAudio: (frame: Int16Array) => void = () => {}
  readonly #url: string
  #socket: WebSocket | undefined
  #notices = 0

  constructor(url: string) {
    this.#url = url
  }

  open(): void {
    const socket = new WebSocket(this.#url)
    socket.binaryType = 'arraybuffer'
    socket.addEventListener('open', () => this.link.set('open'))
    socket.addEventListener('message', ({ data }) => this.#receive(data as string | ArrayBuffer))
    socket.addEventListener('close', () => {
      this.link.set('lost')
      setTimeout(() => this.open(), retryMs)
    })
    this.#socket = socket
  }

  send(command: Command): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(command))
  }

  sendAudio(frame: Int16Array<ArrayBuffer>): void {
    const socket = this.#socket
    if (socket?.readyState === WebSocket.OPEN && socket.bufferedAmount < mostBuffered) socket.send(frame)
  }

  say(text: string): void {
    this.#notices++
    this.notice.set({ id: this.#notices, text })
  }

  #receive(data: string | ArrayBuffer): void {
    if (typeof data !== 'string') return this.onAudio(new Int16Array(data))
    const message = JSON.parse(data) as ServerMessage
    if (message.type === 'state') this.snapshot.set(message)
    else if (message.type === 'notice') this.say(message.text)
    else {
      const { call, digit } = message
      this.heard.set({ ...this.heard.value, [call]: ((this.heard.value[call] ?? '') + digit).slice(-24) })
    }
  }
}
