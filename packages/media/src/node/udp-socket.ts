import { createSocket, type RemoteInfo } from 'node:dgram'
import { lookup } from 'node:dns'
import { isIP } from 'node:net'
import type { PacketAddress, PacketSocket } from '../packet-socket.ts'

type LookupDone = (error: NodeJS.ErrnoException | null, address: string, family: number) => void

// dgram resolves the target of every packet; an address needs none of that
function resolve(host: string, _options: unknown, done: LookupDone): void {
  const family = isIP(host)
  if (family > 0) done(null, host, family)
  else lookup(host, (error, address, found) => done(error, address, found))
}

/**
 * Opens a UDP socket.
 *
 * @param port 0 for any
 * @throws the error of the system, e.g. EADDRINUSE or EADDRNOTAVAIL
 */
export async function openUdpSocket(host: string, port: number): Promise<PacketSocket> {
  const socket = createSocket({ type: isIP(host) === 6 ? 'udp6' : 'udp4', lookup: resolve })
  const packets: PacketSocket = {
    local: { address: host, port },
    send(bytes: Uint8Array, to: PacketAddress): void {
      socket.send(bytes, to.port, to.address, (error) => {
        if (error) packets.onError?.(error)
      })
    },
    onPacket: undefined,
    onError: undefined,
    close: async () => {
      await new Promise<void>((closed) => {
        socket.close(() => closed())
      })
    },
  }
  await new Promise<void>((bound, failed) => {
    socket.once('error', (error) => {
      socket.close()
      failed(error)
    })
    socket.bind(port, host, () => {
      socket.removeAllListeners('error')
      bound()
    })
  })
  socket.on('error', (error) => packets.onError?.(error))
  socket.on('message', (bytes: Buffer, from: RemoteInfo) => packets.onPacket?.(bytes, from))
  return Object.assign(packets, { local: { address: host, port: socket.address().port } })
}
