import { createSocket, type Socket } from 'node:dgram'

/** What a NAT does to the datagrams of one user agent behind it, in the hands of a test. */
export class Nat implements AsyncDisposable {
  /** Where the user agent sends to. */
  readonly port: number
  /** STUN binding requests of the user agent and answers to them (RFC 8489 5: the first octets tell). */
  readonly seen = { pings: 0, pongs: 0 }
  readonly #inside: Socket
  readonly #target: number
  #outside: Socket
  #user: number | undefined

  private constructor(inside: Socket, outside: Socket, target: number) {
    this.#inside = inside
    this.#outside = outside
    this.#target = target
    this.port = inside.address().port
    inside.on('message', (data, { port }) => {
      this.#user = port
      if (data.readUInt16BE(0) === 0x0001) this.seen.pings += 1
      this.#outside.send(data, target, '127.0.0.1')
    })
    this.#listen()
  }

  /** Leads to a port on 127.0.0.1. */
  static async to(target: number): Promise<Nat> {
    return new Nat(await bound(), await bound(), target)
  }

  /** Forgets what it knew: from now on the user agent appears at another port. */
  async rebind(): Promise<void> {
    const old = this.#outside
    this.#outside = await bound()
    this.#listen()
    old.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = [this.#inside, this.#outside].map((socket) => new Promise<void>((resolve) => socket.close(resolve)))
    await Promise.all(closed)
  }

  #listen(): void {
    this.#outside.on('message', (data, { port }) => {
      if (port !== this.#target || this.#user === undefined) return
      if (data.readUInt16BE(0) === 0x0101) this.seen.pongs += 1
      this.#inside.send(data, this.#user, '127.0.0.1')
    })
  }
}

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  return socket
}
