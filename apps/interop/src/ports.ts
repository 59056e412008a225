import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'

/** A port on 127.0.0.1 that was free for UDP and TCP a moment ago, for peers that must be told theirs. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const port = await freeTcp()
    if (await freeUdp(port)) return port
  }
  throw new Error('no port is free for both UDP and TCP')
}

function freeTcp(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

function freeUdp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4')
    socket.once('error', () => resolve(false))
    socket.bind(port, '127.0.0.1', () => socket.close(() => resolve(true)))
  })
}
