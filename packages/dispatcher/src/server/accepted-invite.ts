import type { SipResponse } from '@netsip/message'
import { AnsweredRequest } from './answered-request.ts'
import type { ServerUser } from './server-transaction.ts'
import type { Stats } from '../stats.ts'

/** An INVITE server transaction in its Accepted state (RFC 6026 7.1), of which the 2xx is left, to know its copies by. */
export class AcceptedInvite extends AnsweredRequest {
  override readonly state = 'Accepted'

  static override leave(stats: Stats): void {
    stats.inviteServer['Accepted']!--
  }

  /** A copy is absorbed and not answered: the UA core alone sends its 2xx again. */
  override repeat(): void {
    this.layer.stats.retransmissionsIn++
  }

  override respond(response: SipResponse, user?: ServerUser): boolean {
    const octets = this.layer.octetsOf(response)
    const { status } = response
    if (status < 200 || status > 299) return super.respond(response)
    const { stats } = this.layer
    stats.countResponse(stats.responsesOut, status)
    this.user = user
    this.leg.send(octets, this.target, { onSendError: () => this.#failed(octets) })
    return true
  }

  #failed(octets: Uint8Array): void {
    this.layer.stats.transportErrors++
    if (!this.isKnown) return
    this.layer.sendByBackup(octets, this.leg, this.target, (error) =>
      this.layer.guard(() => this.user?.onError?.(error)),
    )
  }
}
