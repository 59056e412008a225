import type { Socket } from 'node:net'
import { FairReader } from './fair-reader.ts'
import type { StreamHandlers, StreamSocket } from '../stream/stream-socket.ts'

/**
 * Makes a TCP or TLS socket of Node a {@link StreamSocket}. `openEvent` says when it may be written to; without one it
 * may already.
 */
export function streamSocket(
  socket: Socket,
  handlers: StreamHandlers,
  openEvent?: 'connect' | 'secureConnect',
  identities?: () => readonly string[],
): StreamSocket {
  let failure: Error | undefined
  let proven: readonly string[] | undefined
  socket.setNoDelay(true)
  const reader = new FairReader(socket, (chunk) => handlers.data(chunk))
  socket.on('end', () => handlers.ended())
  socket.on('error', (error) => (failure ??= error))
  socket.on('close', () => handlers.closed(failure))
  if (openEvent) socket.once(openEvent, () => handlers.opened())
  return {
    get queued() {
      return socket.writableLength
    },
    get identities() {
      return (proven ??= identities?.() ?? [])
    },
    write(bytes, done) {
      gather(socket)
      socket.write(bytes, (error) => done(error ?? undefined))
    },
    pause: () => reader.pause(),
    resume: () => reader.resume(),
    end: () => socket.destroySoon(),
    destroy: () => void socket.destroy(),
  }
}

/** What is written while one event is handled, as a 180 and its 200 or an ACK and a BYE, leaves in one segment: each costs a system call. */
function gather(socket: Socket): void {
  if (socket.writableCorked > 0) return
  socket.cork()
  process.nextTick(() => socket.uncork())
}
