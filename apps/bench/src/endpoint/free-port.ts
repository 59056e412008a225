import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** A port that nobody has, for those who must be told theirs. */
export async function freePort(protocol: 'udp' | 'tcp', address: string = '127.0.0.1'): Promise<number> {
  if (protocol === 'udp') {
    const socket = createSocket('udp4').bind(0, address)
    await once(socket, 'listening')
    const { port } = socket.address()
    socket.close()
    await once(socket, 'close')
    return port
  }
  const server = createServer().listen(0, address)
  await once(server, 'listening')
  const bound = server.address()
  server.close()
  await once(server, 'close')
  return typeof bound === 'object' && bound !== null ? bound.port : 0
}
