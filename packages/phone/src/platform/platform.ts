import type { MediaBackend } from '@netsip/media'
import type { SipUri } from '@netsip/message'
import type { Clock, Random } from '@netsip/runtime'
import type { Leg, Protocol, Resolver } from '@netsip/transport'
import type { TlsTrust } from '../phone-options.ts'

/** Where a phone listens. */
export interface ListenOptions {
  readonly transport: Protocol
  /** Default: every address. */
  readonly host?: string
  /** Default 0: any free port. */
  readonly port?: number
  /** The first hop of this phone's requests, where it is known: its address family is ours. */
  readonly towards?: SipUri
  /** The WebSocket server, for `ws` and `wss`. */
  readonly webSocket?: string
  readonly tls?: TlsTrust
  readonly clock: Clock
}

/** A leg that was opened. */
export interface Opened {
  readonly leg: Leg
  /** How targets are found on this leg. */
  readonly resolver: Resolver
}

/** What a phone takes from the machine it runs on. */
export interface Platform {
  /** Opens a leg; rejects with a SipError that says what to do. */
  listen(options: ListenOptions): Promise<Opened>
  /** The sound of calls; `host` is the address that the leg listens on. */
  media(options: { host: string; clock: Clock; random: Random }): MediaBackend
}
