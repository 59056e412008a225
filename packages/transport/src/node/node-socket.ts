import type { Socket } from 'node:net'
import { FairReader } from './fair-reader.ts'
import type { Source } from '../leg/leg.ts'
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

const lookups: Record<string, string> = {
  ENOTFOUND: 'there is no such name',
  EAI_AGAIN: 'its name cannot be looked up',
}

/** An error of OpenSSL is a line of numbers and source files: its reason is what a person can use. */
const opensslReason = /:SSL routines:[^:]*:([^:]+)/

/** Says in the message of an error of Node what a person can use of it. */
export function plainly(error: Error & { code?: string }): Error {
  const { code = '', message } = error
  const reason = opensslReason.exec(message)?.[1] ?? lookups[code]
  if (reason !== undefined) error.message = `${reason} (${code})`
  else if (issuerUnknown.test(code)) error.message += ": to trust its issuer, hand it in as 'ca'"
  return error
}

/** What is written while one event is handled, as a 180 and its 200 or an ACK and a BYE, leaves in one segment: each costs a system call. */
function gather(socket: Socket): void {
  if (socket.writableCorked > 0) return
  socket.cork()
  process.nextTick(() => socket.uncork())
}
