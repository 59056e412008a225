import type { AddressInfo, Server } from 'node:net'
import type { Protocol } from '../protocol.ts'
import { listenError } from './listen-options.ts'

/** How many connections the system keeps for us while we are busy. */
const backlog = 1024

/** Binds a server; rejects with `ERR_SIP_LISTEN`. */
export async function listenOn(
  server: Server,
  protocol: Protocol,
  host: string,
  port: number,
  reusePort = false,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const failed = (cause: Error): void => reject(listenError(protocol, host, port, cause))
    server.once('error', failed)
    // The types of Node 20 do not know reusePort yet.
    server.listen({ host, port, backlog, ...({ reusePort } as object) }, () => {
      server.off('error', failed)
      resolve()
    })
  })
}

export function serverAddress(server: Server): AddressInfo {
  return server.address() as AddressInfo
}

export function stopServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
  })
}
