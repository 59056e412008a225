import type { Clock, Random } from '@netsip/runtime'
import type { Leg, Source, Target } from '../leg/leg.ts'
import type { Link } from './link.ts'
import type { StreamHandlers, StreamSocket } from '../stream/stream-socket.ts'

/** A simulated leg that takes datagrams. */
export interface DatagramReceiver {
  arrive(bytes: Uint8Array, source: Source): void
}

/** A simulated leg that takes connections. */
export interface ConnectionReceiver {
  connected(address: string, port: number, wire: (handlers: StreamHandlers) => StreamSocket): void
}

/** The simulated network, as its legs see it. Hosts are canonical addresses. */
export interface Wire {
  readonly clock: Clock
  readonly random: Random
  link(from: string, to: string): Link
  datagramLeg(host: string, port: number): DatagramReceiver | undefined
  streamLeg(host: string, port: number): ConnectionReceiver | undefined
  freePort(host: string): number
  record(leg: Leg, direction: 'in' | 'out', remote: Source | Target, bytes: Uint8Array, lost?: string): void
}
