import type { Path } from '@netsip/dispatcher'
import {
  CSeq,
  type HeaderInit,
  NameAddr,
  PEarlyMedia,
  SipRequest,
  type SipResponse,
  SipUri,
  type Uri,
} from '@netsip/message'
import type { Timer } from '@netsip/runtime'
import { stateError } from '../errors.ts'
import { ifReadable } from '../if-readable.ts'
import { OfferAnswer } from './offer-answer.ts'
import { applyRouteSet } from './route-set.ts'

/** `early` after a provisional response with a tag, `confirmed` after a 2xx, `terminated` when it is over. */
export type DialogState = 'early' | 'confirmed' | 'terminated'

/** How long a session lives without a refresh, and who sends it. */
export interface SessionInterval {
  readonly seconds: number
  readonly refresher: 'local' | 'remote'
}

interface DialogInit {
  role: 'uac' | 'uas'
  callId: string
  local: NameAddr
  remote: NameAddr
  remoteTarget: Uri
  routeSet: readonly NameAddr[]
  localSeq: number
  remoteSeq: number | undefined
  secure: boolean
  state: DialogState
}

/** Methods whose Contact moves the remote target of the dialog they are sent in (RFC 3261 12.2.1.1, 3311, 6665, 3515). */
const TARGET_REFRESH = new Set(['INVITE', 'UPDATE', 'SUBSCRIBE', 'NOTIFY', 'REFER'])

/** Credentials an ACK repeats from its INVITE (RFC 3261 13.2.2.4). */
const CREDENTIALS = ['Authorization', 'Proxy-Authorization'] as const

const MAX_CSEQ = 2 ** 31 - 1

/** Is a request of this method one that moves the remote target? */
export function isTargetRefresh(method: string): boolean {
  return TARGET_REFRESH.has(method)
}

/** A dialog: Call-ID and both tags, with sequence numbers, route set and remote target (RFC 3261 12). */
export class Dialog {
  readonly role: 'uac' | 'uas'
  readonly callId: string
  /** Our URI as it stands in From (as UAC) or To (as UAS), with our tag. */
  readonly local: NameAddr
  /** The peer's URI with its tag; a peer of RFC 2543 may have none. */
  readonly remote: NameAddr
  readonly localTag: string
  /** `''` when the peer sent none. */
  readonly remoteTag: string
  /** Set up over TLS by a sips URI (RFC 3261 12.1): Contacts in it are sips URIs. */
  readonly secure: boolean
  /** Whose offer is in flight. */
  readonly session: OfferAnswer = new OfferAnswer()
  /** The shortest session interval the peer has asked for, in seconds (RFC 4028 7.1). */
  minSE: number | undefined
  /** The ACK of the 2xx that made or changed the call, while the application puts an answer into it, and what follows it. */
  ack: { send(): void } | undefined
  /** The way that the last message of the peer came: ours go back that way when no other leads there (RFC 5626 5.3). */
  path: Path | undefined
  #state: DialogState
  #remoteTarget: Uri
  #routeSet: readonly NameAddr[]
  #localSeq: number
  #remoteSeq: number | undefined
  #ending = false
  #invitePending: 'local' | 'remote' | undefined
  #refuse: (() => void) | undefined
  #allowsUpdate = false
  #sessionInterval: SessionInterval | undefined
  #sessionTimer: Timer | undefined
  #earlyMedia: readonly string[] | undefined

  private constructor(init: DialogInit) {
    this.role = init.role
    this.callId = init.callId
    this.local = init.local
    this.remote = init.remote
    this.localTag = init.local.tag ?? ''
    this.remoteTag = init.remote.tag ?? ''
    this.secure = init.secure
    this.#state = init.state
    this.#remoteTarget = init.remoteTarget
    this.#routeSet = init.routeSet
    this.#localSeq = init.localSeq
    this.#remoteSeq = init.remoteSeq
  }

  /** The dialog a response makes at the UAC (RFC 3261 12.1.2). */
  static fromResponse(request: SipRequest, response: SipResponse): Dialog {
    return new Dialog({
      role: 'uac',
      callId: request.callId,
      local: request.from,
      remote: response.to,
      remoteTarget: targetIn(response) ?? request.uri,
      routeSet: [...response.recordRoutes].reverse(),
      localSeq: request.cseq.seq,
      remoteSeq: undefined,
      secure: request.uri.scheme === 'sips',
      state: response.status < 200 ? 'early' : 'confirmed',
    })
  }

  /** The dialog a request makes at the UAS whose answers have `local` in To (RFC 3261 12.1.1). */
  static fromRequest(
    request: SipRequest,
    local: NameAddr,
    { path, state = 'early', localSeq = 0 }: { path?: Path; state?: DialogState; localSeq?: number } = {},
  ): Dialog {
    const dialog = new Dialog({
      role: 'uas',
      callId: request.callId,
      local,
      remote: request.from,
      remoteTarget: targetIn(request) ?? request.from.uri,
      routeSet: [...request.recordRoutes],
      localSeq,
      remoteSeq: request.cseq.seq,
      // a sips URI that came in the clear secures nothing
      secure: path?.leg.secure === true && request.uri.scheme === 'sips',
      state,
    })
    dialog.path = path
    return dialog
  }

  /** Call-ID, local tag and remote tag in one key. */
  get id(): string {
    return dialogId(this.callId, this.localTag, this.remoteTag)
  }

  get state(): DialogState {
    return this.#state
  }

  /** Where requests of this dialog are addressed to: the peer's Contact. */
  get remoteTarget(): Uri {
    return this.#remoteTarget
  }

  /** The next hop when it is a strict router; `undefined`: the first Route or the Request-URI says it. */
  get hop(): Uri | undefined {
    return applyRouteSet(this.#remoteTarget, this.#routeSet).hop
  }

  get routeSet(): readonly NameAddr[] {
    return this.#routeSet
  }

  /** Sequence number of the last request sent in this dialog; 0 before the first. */
  get localSeq(): number {
    return this.#localSeq
  }

  /** Sequence number of the last request received in this dialog. */
  get remoteSeq(): number | undefined {
    return this.#remoteSeq
  }

  /** Takes the next local sequence number. */
  nextSeq(): number {
    if (this.#localSeq >= MAX_CSEQ) throw stateError('the sequence numbers of this dialog are used up')
    return ++this.#localSeq
  }

  /** The 2xx for an early dialog: route set and remote target are computed anew, sequence numbers stay (RFC 3261 13.2.2.4). */
  confirm(response?: SipResponse): void {
    if (this.#state !== 'early') return
    this.#state = 'confirmed'
    if (response === undefined || this.role === 'uas') return
    this.#routeSet = [...response.recordRoutes].reverse()
    this.refreshTarget(response)
  }

  /** Moves the remote target to the Contact of a target refresh request or of its 2xx, if there is one. */
  refreshTarget(message: SipRequest | SipResponse): void {
    this.#remoteTarget = targetIn(message) ?? this.#remoteTarget
  }

  /** Notes the CSeq of a request; `false` when it is out of order and has to be answered 500 (RFC 3261 12.2.2). */
  acceptSeq(seq: number): boolean {
    if (this.#remoteSeq !== undefined && seq <= this.#remoteSeq) return false
    this.#remoteSeq = seq
    return true
  }

  /** Our BYE is out: nothing more is sent in it, while requests of the peer may still cross. */
  get ending(): boolean {
    return this.#ending
  }

  beginEnd(): void {
    this.stopSession()
    this.#ending = true
    this.#refuse?.()
  }

  /** Whose INVITE is in progress here; only one may be (RFC 3261 14). */
  get invitePending(): 'local' | 'remote' | undefined {
    return this.#invitePending
  }

  /** `refuse`: answers it when our BYE leaves. */
  inviteStarts(by: 'local' | 'remote', refuse?: () => void): void {
    this.#invitePending = by
    this.#refuse = refuse
  }

  inviteEnds(by: 'local' | 'remote'): void {
    if (this.#invitePending === by) this.#invitePending = this.#refuse = undefined
  }

  /** The peer said in Allow that it takes UPDATE (RFC 3311 5.1). */
  get allowsUpdate(): boolean {
    return this.#allowsUpdate
  }

  /** Takes note of what a message of the peer says about its abilities. */
  notePeer(message: SipRequest | SipResponse): void {
    if (message.headers.has('Allow')) this.#allowsUpdate = message.allow.includes('UPDATE')
  }

  /**
   * What the network lets flow before the answer, a direction for each medium (`sendrecv`, `sendonly`, `recvonly`, `inactive`),
   * and `gated` while it may change (RFC 5009 8); `undefined` when it does not say, and after the answer.
   */
  get earlyMedia(): readonly string[] | undefined {
    return this.#state === 'early' ? this.#earlyMedia : undefined
  }

  /** Takes note of an authorisation of early media; one that cannot be read is none. */
  noteEarlyMedia(message: SipRequest | SipResponse): void {
    if (this.#state !== 'early' || !message.headers.has('P-Early-Media')) return
    this.#earlyMedia = ifReadable(() => message.read(PEarlyMedia).map((one) => one.toLowerCase()))
  }

  /** The session timer as agreed (RFC 4028); `undefined` while there is none. */
  get sessionInterval(): SessionInterval | undefined {
    return this.#sessionInterval
  }

  startSession(interval: SessionInterval): void {
    this.stopSession()
    this.#sessionInterval = interval
  }

  armSession(timer: Timer): void {
    this.#sessionTimer?.cancel()
    this.#sessionTimer = timer
  }

  stopSession(): void {
    this.#sessionTimer?.cancel()
    this.#sessionTimer = undefined
    this.#sessionInterval = undefined
  }

  terminate(): void {
    this.stopSession()
    this.#state = 'terminated'
  }

  /** Builds the next request of this dialog (RFC 3261 12.2.1.1): new CSeq, route set loose or strict, both tags. */
  createRequest(method: string, headers?: HeaderInit): SipRequest {
    return this.#build(method, this.nextSeq(), headers)
  }

  /** The ACK for a 2xx: the INVITE's number and credentials on the dialog's own route (RFC 3261 13.2.2.4). */
  createAck(invite: SipRequest): SipRequest {
    const ack = this.#build('ACK', invite.cseq.seq)
    for (const [name, value] of credentialsOf(invite)) ack.headers.append(name, value)
    return ack
  }

  #build(method: string, seq: number, headers: HeaderInit = {}): SipRequest {
    const { uri, routes } = applyRouteSet(this.#remoteTarget, this.#routeSet)
    const request = new SipRequest({ method, uri, headers })
    request.maxForwards = 70
    request.from = this.local
    request.to = this.remote
    request.callId = this.callId
    request.cseq = new CSeq(seq, method)
    if (routes.length > 0) request.routes = routes
    return request
  }
}

/** The credentials of an INVITE, for its ACK. */
export function credentialsOf({ headers }: SipRequest): (readonly [name: string, value: string])[] {
  return CREDENTIALS.flatMap((name) => headers.getAll(name).map((value) => [name, value] as const))
}

/** The key of a dialog; an absent tag is the empty one. */
export function dialogId(callId: string, localTag: string | undefined, remoteTag: string | undefined): string {
  // Joined, as it is kept after the end of its dialog: what is concatenated would hold on to the headers of the tags.
  return [callId, localTag, remoteTag].join('\n')
}

/** Where a Contact leads; `undefined` without one, or when it is no address of SIP (RFC 3261 8.1.1.8). */
function targetIn({ contact }: SipRequest | SipResponse): SipUri | undefined {
  return contact?.uri instanceof SipUri ? contact.uri : undefined
}
