import type { Random } from '@netsip/runtime'
import { MediaError } from '../errors.ts'
import type { SocketPair } from '../packet-socket.ts'
import { openUdpSocket } from './udp-socket.ts'

/** The ports that media may use, first and last included. */
export type PortRange = readonly [first: number, last: number]

// RFC 3550 11 asks for an even RTP port with the odd one above it for RTCP
const mostTries = 1000

function pairsIn([first, last]: PortRange): { lowest: number; pairs: number } {
  const lowest = first + (first % 2)
  return { lowest, pairs: Math.floor((last - lowest + 1) / 2) }
}

/** @throws MediaError `ERR_MEDIA_ARGUMENT` for a range without a pair of ports */
export function checkPortRange(range: PortRange): void {
  const [first, last] = range
  const whole = Number.isInteger(first) && Number.isInteger(last)
  if (whole && first >= 1 && last <= 65535 && pairsIn(range).pairs >= 1) return
  throw new MediaError('ERR_MEDIA_ARGUMENT', `the port range ${first}-${last} holds no even port with its successor`)
}

/** The even ports of the range whose successor is in it too, from a random one on, each once. */
function* evenPorts(range: PortRange, random: Random): Generator<number> {
  const { lowest, pairs } = pairsIn(range)
  const start = Math.floor(random.float() * pairs)
  for (let i = 0; i < Math.min(pairs, mostTries); i++) yield lowest + 2 * ((start + i) % pairs)
}

async function bindPair(host: string, port: number): Promise<SocketPair> {
  const rtp = await openUdpSocket(host, port)
  try {
    return { rtp, rtcp: await openUdpSocket(host, port + 1) }
  } catch (error) {
    await rtp.close()
    throw error
  }
}

function isTaken(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'EADDRINUSE' || code === 'EACCES'
}

/**
 * Binds an even port for RTP and the next one for RTCP, at random within the range. A pair of which one is taken is
 * given up whole, and the next one tried.
 *
 * @throws MediaError `ERR_MEDIA_PORTS` when every pair (or 1000 of them) was taken or the address is not ours; nothing stays open then
 */
export async function allocatePorts(host: string, range: PortRange, random: Random): Promise<SocketPair> {
  let last: unknown
  for (const port of evenPorts(range, random)) {
    try {
      return await bindPair(host, port)
    } catch (error) {
      last = error
      if (!isTaken(error)) break
    }
  }
  const reason = (last as Error).message
  throw new MediaError('ERR_MEDIA_PORTS', `no two free ports for media on ${host}: ${reason}`, { cause: last })
}
