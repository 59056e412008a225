import { connect, createServer, type Server, type Socket } from 'node:net'

/** A TCP wire between a user agent and a server that a test can cut, or make silent. */
export class Wire implements AsyncDisposable {
  readonly port: number
  /** Pings of the user agent (two line ends) and pongs of the server (one), of all connections. */
  readonly seen = { connections: 0, pings: 0, pongs: 0 }
  readonly #server: Server
  readonly #open = new Set<{ near: Socket; far: Socket }>()

  private constructor(port: number, server: Server) {
    this.port = port
    this.#server = server
  }

  /** Leads to a port on 127.0.0.1. */
  static async to(target: number): Promise<Wire> {
    const server = createServer()
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const wire = new Wire(typeof address === 'object' && address !== null ? address.port : 0, server)
    server.on('connection', (near) => wire.#lead(near, connect(target, '127.0.0.1')))
    return wire
  }

  /** Breaks the connections that are up; new ones are led on. */
  cut(): void {
    for (const { near, far } of this.#open) for (const socket of [near, far]) socket.destroy()
  }

  /** Nothing passes on the connections that are up, and nobody is told; new ones are led on. */
  silence(): void {
    for (const { near, far } of this.#open) for (const socket of [near, far]) socket.removeAllListeners('data').resume()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #lead(near: Socket, far: Socket): void {
    this.seen.connections += 1
    const pair = { near, far }
    this.#open.add(pair)
    near.on('data', (data) => {
      if (data.toString('latin1') === '\r\n\r\n') this.seen.pings += 1
      far.write(data)
    })
    far.on('data', (data) => {
      if (data.toString('latin1') === '\r\n') this.seen.pongs += 1
      near.write(data)
    })
    for (const socket of [near, far]) {
      socket.on('error', () => undefined)
      socket.on('close', () => {
        this.#open.delete(pair)
        near.destroy()
        far.destroy()
      })
    }
  }
}
