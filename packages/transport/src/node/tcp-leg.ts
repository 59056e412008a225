import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Leg, Target } from '../leg/leg.ts'
import { isUnspecified } from '../ip.ts'
import { StreamLeg } from '../stream/stream-leg.ts'
import type { StreamHandlers, StreamSocket } from '../stream/stream-socket.ts'
import { addressingOf, localAddress, bindAddress, type ListenOptions } from './listen-options.ts'
import { listenOn, serverAddress, stopServer } from './node-server.ts'
import { streamSocket } from './node-socket.ts'

/**
 * A TCP leg: a listening socket, and connections in both directions. What it opens itself comes from a port of its own,
 * and its Via names the listening port.
 * @throws SipError `ERR_SIP_LISTEN` (rejects) when the address cannot be bound; `cause.code` says why,
 *   `ERR_SIP_ARGUMENT` for a port or an `advertise` that makes no sense, `ERR_SIP_UNRESOLVED` for a
 *   `host` that is a name without an address
 */
export async function listenTcp(options: ListenOptions = {}): Promise<Leg> {
  const { host, port } = await bindAddress('tcp', options)
  const server = createServer({ allowHalfOpen: true })
  await listenOn(server, 'tcp', host, port, options.reusePort)
  return new TcpLeg(server, options)
}

class TcpLeg extends StreamLeg {
  readonly #server: Server

  constructor(server: Server, options: ListenOptions) {
    const { address, port } = serverAddress(server)
    const local = localAddress(address, port)
    super({ protocol: 'tcp', local, addressing: addressingOf(local, options), limits: options })
    this.#server = server
    server.on('connection', (socket: Socket) => this.#accepted(socket))
    server.on('error', (error) => this.tell('error', error))
  }

  protected override dial(target: Target, handlers: StreamHandlers): StreamSocket {
    const { host } = this.local
    const socket = connect({
      host: target.addr,
      port: target.port,
      allowHalfOpen: true,
      ...(isUnspecified(host) ? {} : { localAddress: host }),
    })
    return streamSocket(socket, handlers, 'connect')
  }

  protected override stopListening(): Promise<void> {
    return stopServer(this.#server)
  }

  #accepted(socket: Socket): void {
    const { remoteAddress, remotePort } = socket
    // Gone before we looked.
    if (remoteAddress === undefined || remotePort === undefined) return void socket.destroy()
    this.accept(remoteAddress, remotePort, (handlers) => streamSocket(socket, handlers))
  }
}
