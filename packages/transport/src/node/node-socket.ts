import type { Socket } from 'node:net'
import { FairReader } from './fair-reader.ts'
import type { Source } from '../leg.ts'
import type { Protocol } from '../protocol.ts'
import { sourceOf } from '../source.ts'
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
  socket.on('error', (error) => (failure ??= plainly(error)))
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

/** Who is at the other end, as long as the system can say. */
export function peerOf(protocol: Protocol, { remoteAddress, remotePort }: Socket): Source | undefined {
  if (remoteAddress === undefined || remotePort === undefined) return undefined
  return sourceOf(protocol, remoteAddress, remotePort)
}

/** Who is issued by nobody we trust (X509_verify_cert_error_string of OpenSSL). */
const issuerUnknown = /SELF_SIGNED|UNABLE_TO_(VERIFY_LEAF|GET_ISSUER)/

/** An error of OpenSSL is a line of numbers and source files: its reason is what a person can use. */
function plainly(error: Error & { code?: string; reason?: string }): Error {
  if (error.code?.startsWith('ERR_SSL_') && error.reason !== undefined)
    error.message = `${error.reason} (${error.code})`
  else if (issuerUnknown.test(error.code ?? '')) error.message += ": to trust its issuer, hand it in as 'ca'"
  return error
}

/** What is written while one event is handled, as a 180 and its 200 or an ACK and a BYE, leaves in one segment: each costs a system call. */
function gather(socket: Socket): void {
  if (socket.writableCorked > 0) return
  socket.cork()
  process.nextTick(() => socket.uncork())
}
