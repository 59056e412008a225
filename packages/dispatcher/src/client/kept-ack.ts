import type { SipRequest, SipResponse } from '@netsip/message'
import type { Leg, Source } from '@netsip/transport'
import { parseOwn } from '../kept/own-message.ts'
import type { Stats } from '../stats.ts'

/** What acknowledges a 2xx. */
export interface SentAck {
  readonly request: SipRequest
}

/** Who takes the 2xx that come when their INVITE has been let go of. */
export interface ResponseHeir {
  /** `acks`: those of earlier 2xx to this INVITE, at least one. */
  receive(response: SipResponse, leg: Leg, from: Source, acks: readonly SentAck[], keep: KeepAck): void
}

/** Keeps the ACK of one more 2xx. */
export type KeepAck = (ack: SentAck) => void

/** An INVITE client transaction in its Accepted state (RFC 6026 7.2) that nobody holds any more: of it an ACK is left. */
export class KeptAck implements SentAck {
  readonly request: SipRequest
  readonly heir: ResponseHeir

  constructor(_log: unknown, _layer: unknown, _place: number, octets: Uint8Array, heir: ResponseHeir) {
    this.request = parseOwn(octets) as SipRequest
    this.heir = heir
  }

  static leave(stats: Stats): void {
    stats.inviteClient['Accepted']!--
  }
}
