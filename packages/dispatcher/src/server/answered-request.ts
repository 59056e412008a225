import type { SipResponse, Via } from '@netsip/message'
import type { Leg, SendSink, Target } from '@netsip/transport'
import type { AnswerPath } from '../admission.ts'
import type { OctetStore } from '../kept/octet-log.ts'
import { parseOwn } from '../kept/own-message.ts'
import { sentByOf } from '../sent-by.ts'
import type { ServerLayer, ServerUser } from './server-transaction.ts'
import type { Stats } from '../stats.ts'

/** A non-INVITE server transaction in its Completed state (RFC 3261 17.2.2), of which the response is left. */
export class AnsweredRequest implements SendSink {
  readonly state: string = 'Completed'
  readonly leg: Leg
  readonly target: Target
  user: ServerUser | undefined = undefined
  protected readonly layer: ServerLayer
  readonly #store: OctetStore
  readonly #place: number
  readonly #octets: Uint8Array

  constructor(store: OctetStore, layer: ServerLayer, place: number, octets: Uint8Array, { leg, target }: AnswerPath) {
    this.leg = leg
    this.target = target
    this.layer = layer
    this.#store = store
    this.#place = place
    this.#octets = octets
  }

  static leave(stats: Stats): void {
    stats.nonInviteServer['Completed']!--
  }

  /** Whether a copy of the request would still be known. */
  get isKnown(): boolean {
    return this.#store.holds(this.#place)
  }

  /** Whether a request belongs to it (RFC 3261 17.2.3): the response repeats all that is compared. */
  matches(via: Via, method: string): boolean {
    const response = parseOwn(this.#octets) as SipResponse
    const own = response.via as Via
    return own.branch === via.branch && response.cseq.method === method && sentByOf(own) === sentByOf(via)
  }

  repeat(): void {
    const { stats } = this.layer
    stats.retransmissionsIn++
    stats.retransmissionsOut++
    this.leg.send(this.#octets, this.target, this)
  }

  /** The user answers once more, which is one time too often. */
  respond(_response: SipResponse, _user?: ServerUser): boolean {
    this.layer.stats.countDrop('response-refused')
    return false
  }

  onSendError(): void {
    this.layer.stats.transportErrors++
    if (this.isKnown) this.layer.sendByBackup(this.#octets, this.leg, this.target, () => {})
  }
}
