import type { StreamHandlers, StreamSocket } from '../stream/stream-socket.ts'

/** The subprotocol of SIP (RFC 7118 4). */
export const subprotocol = 'sip'

/** What is used of a WebSocket: the browser's, Node's own, or that of the `ws` package. */
export interface WebSocketLike {
  readonly protocol: string
  readonly bufferedAmount: number
  binaryType: string
  send(data: string | Uint8Array<ArrayBuffer>, sent?: (error?: Error | null) => void): void
  close(code?: number, reason?: string): void
  /** Ends without ceremony; browsers have no such thing. */
  terminate?(): void
  /** Only `ws` can stop reading. */
  pause?(): void
  resume?(): void
  addEventListener(type: 'open' | 'error' | 'close', listener: (event: never) => void): void
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void
}

/** Makes one that is, or is called like, a `WebSocket`. */
export type WebSocketConstructor = new (url: string, protocols: string[]) => WebSocketLike

/** Makes a WebSocket a {@link StreamSocket}: each chunk is one WebSocket message, which is one SIP message. */
export function webStreamSocket(socket: WebSocketLike, handlers: StreamHandlers): StreamSocket {
  let failure: Error | undefined
  let finished = false
  const finish = (): void => {
    if (finished) return
    finished = true
    handlers.closed(failure)
  }
  const destroy = (): void => {
    if (socket.terminate) socket.terminate()
    else socket.close()
    // A browser lets its peer take its time about closing: we do not wait for that.
    queueMicrotask(finish)
  }
  socket.binaryType = 'arraybuffer'
  socket.addEventListener('open', () => {
    if (socket.protocol === subprotocol) return handlers.opened()
    // RFC 7118 4.1: a server that does not select the subprotocol does not speak SIP.
    failure = new Error(`the server speaks ${socket.protocol || 'no subprotocol'}, not ${subprotocol}`)
    destroy()
  })
  socket.addEventListener('message', ({ data }) => handlers.data(bytesOf(data)))
  socket.addEventListener('error', ({ error, message }: { error?: Error; message?: string }) => {
    failure ??= error ?? new Error(message || 'the WebSocket failed')
  })
  socket.addEventListener('close', finish)
  return {
    get queued() {
      return socket.bufferedAmount
    },
    write: (bytes, done) => send(socket, bytes, done),
    pause: () => socket.pause?.(),
    resume: () => socket.resume?.(),
    end: () => socket.close(1000),
    destroy,
  }
}

function send(socket: WebSocketLike, bytes: Uint8Array, done: (error?: Error) => void): void {
  try {
    // With `ws` the callback tells when it left; a browser knows no callback and never tells.
    if (socket.terminate) return socket.send(frame(bytes), (error) => done(error ?? undefined))
    socket.send(frame(bytes))
    queueMicrotask(() => done())
  } catch (error) {
    queueMicrotask(() => done(error as Error))
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()

/** RFC 7118 4.2: text where it is UTF-8, as nearly always; binary where it is not. */
function frame(bytes: Uint8Array): string | Uint8Array<ArrayBuffer> {
  try {
    return decoder.decode(bytes)
  } catch {
    return bytes as Uint8Array<ArrayBuffer>
  }
}

function bytesOf(data: unknown): Uint8Array {
  if (typeof data === 'string') return encoder.encode(data)
  return data instanceof ArrayBuffer ? new Uint8Array(data) : (data as Uint8Array)
}
