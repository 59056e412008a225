import { NameAddr, SipRequest, type SipMessage, type SipResponse } from '@netsip/message'
import type { Clock, Random, Timer } from '@netsip/runtime'
import type { Leg } from '@netsip/transport'
import type { Delivery } from '../delivery.ts'
import type { Dispatcher } from '../dispatcher.ts'

/** One end of a call. */
export interface Side {
  readonly callId: string
  readonly role: 'caller' | 'callee'
  state: 'calling' | 'up' | 'ended'
  /** Why it ended: a status, `bye`, `timeout`, `no-ack`. */
  cause: string
}

/** What a callee does with a call. */
export interface Plan {
  readonly ringAfter: number
  readonly finalAfter: number
  readonly final: number
}

interface Dialog {
  readonly side: Side
  readonly from: NameAddr
  readonly to: NameAddr
  readonly target: string
  seq: number
}

/**
 * As much of a UA core as a call needs (RFC 3261 13, 15), so that transactions can be tried by whole calls: INVITE with ACK
 * and repeated 2xx, CANCEL, BYE from either side, and nothing else.
 */
export class TinyUa {
  readonly sides: Side[] = []
  readonly #dispatcher: Dispatcher
  readonly #leg: Leg
  readonly #clock: Clock
  readonly #random: Random
  readonly #plan: () => Plan
  readonly #calls = new Map<string, Dialog>()
  readonly #incoming = new Map<string, { invite: SipRequest; side: Side; answered: boolean }>()
  /** The 2xx that are sent until their ACK comes, by Call-ID. */
  readonly #unacknowledged = new Map<string, Timer>()

  constructor(dispatcher: Dispatcher, leg: Leg, plan: () => Plan) {
    this.#dispatcher = dispatcher
    this.#leg = leg
    this.#clock = dispatcher.clock
    this.#random = dispatcher.random
    this.#plan = plan
    dispatcher.setReceiver({ receive: (packet) => this.#receive(packet) })
  }

  call(target: string, callId: string, hangUpAfter: number | undefined, cancelAfter: number | undefined): void {
    const from = NameAddr.parse(`<${this.#leg.contact('ua').toString()}>;tag=${this.#random.hex(4)}`)
    const side: Side = { callId, role: 'caller', state: 'calling', cause: '' }
    this.sides.push(side)
    const invite = new SipRequest({
      method: 'INVITE',
      uri: target,
      headers: {
        From: from.toString(),
        To: `<${target}>`,
        'Call-ID': callId,
        CSeq: '1 INVITE',
        Contact: this.#leg.contact('ua').toString(),
      },
    })
    let acked: SipRequest | undefined
    let provisional = false
    let wantsCancel = false
    const cancel = (): void => {
      wantsCancel = true
      if (provisional && side.state === 'calling')
        this.#dispatcher.deliver(invite.createCancel(), { onResponse: ignore, onError: ignore })
    }
    const onResponse = (response: SipResponse): void => {
      if (response.status < 200) {
        if (!provisional && wantsCancel) queue(this.#clock, 0, cancel)
        provisional = true
      } else if (response.status >= 300) end(side, `${response.status}`)
      else if (acked) this.#acknowledge(acked)
      else {
        const dialog: Dialog = { side, from, to: response.to, target, seq: 1 }
        this.#calls.set(callId, dialog)
        side.state = 'up'
        acked = request(dialog, 'ACK', 1)
        this.#acknowledge(acked)
        if (wantsCancel) this.#hangUp(dialog)
        else if (hangUpAfter !== undefined) queue(this.#clock, hangUpAfter, () => this.#hangUp(dialog))
      }
    }
    const onError = (): void => end(side, 'timeout')
    const delivery: Delivery = this.#dispatcher.deliver(invite, { onResponse, onError })
    if (cancelAfter !== undefined)
      queue(this.#clock, cancelAfter, () => (delivery.state === 'Proceeding' || !provisional ? cancel() : undefined))
  }

  #acknowledge(ack: SipRequest): void {
    this.#dispatcher.deliver(ack.clone(), { onError: ignore })
  }

  #hangUp(dialog: Dialog): void {
    if (dialog.side.state !== 'up') return
    end(dialog.side, 'bye')
    this.#dispatcher.deliver(request(dialog, 'BYE', ++dialog.seq), { onResponse: ignore, onError: ignore })
  }

  #receive(packet: SipMessage): void {
    if (packet.type !== 'request') return
    if (packet.method === 'INVITE') this.#invited(packet)
    else if (packet.method === 'ACK') this.#acked(packet)
    else if (packet.method === 'CANCEL') this.#cancelled(packet)
    else if (packet.method === 'BYE') this.#byeReceived(packet)
  }

  #invited(invite: SipRequest): void {
    const { callId } = invite
    const known = this.#incoming.get(callId)
    if (known) return void this.#dispatcher.deliver(invite.createResponse(482, { toTag: 'merged' }))
    const side: Side = { callId, role: 'callee', state: 'calling', cause: '' }
    this.sides.push(side)
    const entry = { invite, side, answered: false }
    this.#incoming.set(callId, entry)
    const { ringAfter, finalAfter, final } = this.#plan()
    const toTag = this.#random.hex(4)
    queue(this.#clock, ringAfter, () => {
      if (!entry.answered) this.#dispatcher.deliver(invite.createResponse(180, { toTag }))
    })
    queue(this.#clock, finalAfter, () => {
      if (!entry.answered) this.#answer(entry, final, toTag)
    })
  }

  #answer(entry: { invite: SipRequest; side: Side; answered: boolean }, status: number, toTag: string): void {
    entry.answered = true
    const { invite, side } = entry
    const response = invite.createResponse(status, { toTag, headers: { Contact: this.#leg.contact('ua').toString() } })
    this.#dispatcher.deliver(response)
    if (status >= 300) return end(side, `${status}`)
    side.state = 'up'
    const target = String(invite.contact?.uri ?? invite.from.uri)
    const dialog: Dialog = { side, from: response.to, to: invite.from, target, seq: 0 }
    this.#calls.set(invite.callId, dialog)
    this.#repeat(dialog, response, 0, this.#dispatcher.timers.t1)
  }

  /** X004: the UA core sends a 2xx again until its ACK comes, and hangs up when none does. */
  #repeat(dialog: Dialog, response: SipResponse, elapsed: number, interval: number): void {
    const { timeout, t2 } = this.#dispatcher.timers
    const wait = Math.min(interval, timeout - elapsed)
    const next = (): void => {
      if (elapsed + wait >= timeout) {
        this.#unacknowledged.delete(response.callId)
        return this.#hangUp(dialog)
      }
      this.#dispatcher.deliver(response)
      this.#repeat(dialog, response, elapsed + wait, Math.min(2 * interval, t2))
    }
    this.#unacknowledged.set(response.callId, this.#clock.setTimer(wait, next))
  }

  #acked(ack: SipRequest): void {
    this.#unacknowledged.get(ack.callId)?.cancel()
    this.#unacknowledged.delete(ack.callId)
  }

  #cancelled(cancel: SipRequest): void {
    const invite = this.#dispatcher.findInvite(cancel)
    this.#dispatcher.deliver(cancel.createResponse(invite ? 200 : 481, { toTag: 'c' }))
    const entry = this.#incoming.get(cancel.callId)
    if (invite && entry && !entry.answered) this.#answer(entry, 487, this.#random.hex(4))
  }

  #byeReceived(bye: SipRequest): void {
    const dialog = this.#calls.get(bye.callId)
    this.#dispatcher.deliver(bye.createResponse(dialog ? 200 : 481, { toTag: 'b' }))
    if (!dialog) return
    this.#acked(bye)
    if (dialog.side.state === 'up') end(dialog.side, 'bye')
  }
}

function request(dialog: Dialog, method: string, seq: number): SipRequest {
  return new SipRequest({
    method,
    uri: dialog.target,
    headers: {
      From: dialog.from.toString(),
      To: dialog.to.toString(),
      'Call-ID': dialog.side.callId,
      CSeq: `${seq} ${method}`,
    },
  })
}

function end(side: Side, cause: string): void {
  if (side.state === 'ended') return
  side.state = 'ended'
  side.cause = cause
}

function queue(clock: Clock, ms: number, run: () => void): void {
  clock.setTimer(ms, run)
}

function ignore(): void {
  return undefined
}
