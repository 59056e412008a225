import type { Dispatcher } from '@netsip/dispatcher'
import type { SipRequest, SipResponse } from '@netsip/message'
import type { Timer } from '@netsip/runtime'
import { answerTo, type Rejection } from '../answer.ts'
import { breadthOf, narrow, share } from './breadth.ts'
import { bestResponse, mergeChallenges } from './best-response.ts'
import { Branch, type BranchOwner, type Loss } from './branch.ts'
import { copyFor, type ForwardPlan, stampRecordRoute } from './forward.ts'
import type { Forwarding } from './forwarding.ts'
import type { ProxyTarget, TargetGroups } from './targets.ts'

/** What a response context is made from. */
export interface ResponseContextInit {
  readonly dispatcher: Dispatcher
  /** The request as it was received: what responses are made from. */
  readonly request: SipRequest
  readonly loopPart: string
  /** Where the call goes when nobody takes it. */
  readonly forwarding: Forwarding | undefined
  readonly timerC: number
  readonly maxBranches: number
  readonly onEnd: () => void
}

/**
 * All that a stateful proxy knows of one forwarded request (RFC 3261 16.2 and 16.7): its branches, what they answered, and
 * whether the caller has had an answer. Groups of targets are tried one after the other, the targets of a group at once; then
 * those of whom the call is forwarded to.
 */
export class ResponseContext implements BranchOwner {
  readonly #init: ResponseContextInit
  readonly #branches = new Set<Branch>()
  readonly #finals: SipResponse[] = []
  #plan: ForwardPlan | undefined
  #groups: TargetGroups = []
  #answered = false
  #ended = false
  /** No new branches: after a success, a 6xx or a CANCEL. */
  #closing: 'no' | 'failed' | 'cancelled' = 'no'
  /** The 503 that stands for a branch that was held back. */
  #noRoom: SipResponse | undefined
  /** How many more targets may be tried. */
  #room: number
  /** How many of the final responses came before the call went to who has it now. */
  #before = 0
  #noAnswer: Timer | undefined
  /** While it is being asked where the call goes. */
  #asking = false

  constructor(init: ResponseContextInit) {
    this.#init = init
    this.#room = init.maxBranches
  }

  /**
   * Forwards to the first group of targets, or answers why there is none. After a CANCEL that came earlier it answers 487 instead.
   *
   * @returns `true`: the request is taken care of.
   */
  start(plan: ForwardPlan, targets: TargetGroups | Rejection): true {
    this.#plan = plan
    this.#goTo(targets)
    this.#next()
    return true
  }

  /** The caller gave up: so do all branches (RFC 3261 16.10). Their 487 is what the caller will get. */
  cancel(reasons: readonly string[]): void {
    if (this.#answered) return
    this.#closing = 'cancelled'
    for (const branch of this.#branches) branch.cancel(reasons)
    if (this.#asking) this.#next()
  }

  /** Ends all branches without an answer to anybody. */
  close(): void {
    this.#answered = true
    for (const branch of this.#branches) branch.close()
    this.#end()
  }

  provisional(response: SipResponse): void {
    // RFC 4320 4.1: a request other than INVITE gets no provisional but the 100 that its transaction sends
    if (!this.#answered && this.#init.request.method === 'INVITE') this.#init.dispatcher.deliver(response)
  }

  success(branch: Branch, response: SipResponse): void {
    this.#branches.delete(branch)
    // Every 2xx of an INVITE goes to the caller: each one is a dialog somebody must end (RFC 3261 16.7 step 5)
    if (!this.#answered || this.#init.request.method === 'INVITE') this.#answer(response)
    this.#groups = []
    this.#cancelAll()
    this.#next()
  }

  failure(branch: Branch, response: SipResponse | undefined): void {
    this.#branches.delete(branch)
    if (response) this.#finals.push(response)
    if (response && response.status >= 600) {
      if (this.#closing === 'no') this.#closing = 'failed'
      this.#cancelAll()
    }
    this.#next()
  }

  lost(branch: Branch, loss: Loss): void {
    if (loss === 'held back') return this.failure(branch, (this.#noRoom ??= this.#own({ status: 503 })))
    const reason = loss === 503 ? { reason: 'Next Hop Unreachable' } : {}
    this.failure(branch, this.#own({ status: loss, ...reason }))
  }

  /** Whether another target may be tried. */
  get #isOpen(): boolean {
    return !this.#answered && !this.#ended && this.#closing === 'no'
  }

  get #breadth(): number {
    return breadthOf(this.#init.request) ?? 1
  }

  /** Of a copy: one that was not even sent is gone at once, and may make room for the next. */
  #cancelAll(): void {
    const branches = [...this.#branches]
    for (const branch of branches) branch.cancel()
  }

  /** The next targets, of whom has the call from now on. */
  #goTo(targets: TargetGroups | Rejection): void {
    this.#before = this.#finals.length
    if ('status' in targets) this.#finals.push(this.#own(targets))
    else this.#groups = narrow(atMost(targets, this.#room), this.#breadth)
  }

  /** Once all branches of a group are done: the next group, whom the call is forwarded to, or the answer. */
  #next(): void {
    while (this.#branches.size === 0 && !this.#ended) {
      if (this.#isOpen && (this.#asking || this.#askWhereTo())) return
      if (!this.#forkNext()) return this.#finish()
    }
  }

  #forkNext(): boolean {
    const [group, ...later] = this.#isOpen ? this.#groups : []
    this.#groups = later
    if (!group || !this.#plan) return false
    this.#room -= group.length
    this.#fork(this.#plan, group)
    return true
  }

  /** Asks where the call goes that nobody took. `false` when there is nobody to ask, or a contact left to try. */
  #askWhereTo(): boolean {
    if (this.#groups.length > 0 || !this.#mayForward) return false
    const status = bestResponse(this.#finals.slice(this.#before))?.status ?? 408
    // 487: nobody has cancelled but this proxy, as nobody answered
    this.#forward(status === 487 ? 408 : status, () => this.#finish())
    return true
  }

  get #mayForward(): boolean {
    return this.#isOpen && this.#room > 0 && this.#init.forwarding?.isOpen === true
  }

  /** @param nowhere called, if the call is still nobody's, when nobody is named. */
  #forward(status: number, nowhere: () => void): void {
    const { forwarding } = this.#init
    this.#asking = true
    void forwarding
      ?.next(status)
      .then((targets) => this.#forwarded(targets, nowhere))
      // the dispatcher may have been closed meanwhile
      .catch((error: unknown) => {
        forwarding.report(error)
        this.close()
      })
  }

  #forwarded(targets: TargetGroups | Rejection | undefined, nowhere: () => void): void {
    this.#asking = false
    if (!this.#isOpen) return this.#next()
    if (!targets) return nowhere()
    this.#goTo(targets)
    this.#cancelAll()
    this.#next()
  }

  /** Nobody has answered for a while: what rings goes on ringing unless there is somebody else. */
  #ringsInVain(): void {
    if (!this.#isOpen || this.#asking) return
    if (this.#groups.length > 0) this.#cancelAll()
    else if (this.#mayForward) this.#forward(408, () => this.#next())
  }

  #fork(plan: ForwardPlan, group: readonly ProxyTarget[]): void {
    const { dispatcher, loopPart, timerC, request } = this.#init
    const upstream = request.via
    const branches = group.map((target, index) => {
      const { flow } = target
      const forwarded = copyFor(plan, target)
      forwarded.headers.set('Max-Breadth', share(this.#breadth, group.length, index))
      return new Branch({
        dispatcher,
        owner: this,
        request: forwarded,
        upstream,
        loopPart,
        flow,
        timerC,
        prepare: (request, leg, to) => stampRecordRoute(plan, request, leg, to, flow),
      })
    })
    for (const branch of branches) this.#branches.add(branch)
    this.#armNoAnswer()
    for (const branch of branches) if (!branch.isDone) branch.start()
  }

  #armNoAnswer(): void {
    const { forwarding, dispatcher } = this.#init
    this.#noAnswer?.cancel()
    if (forwarding?.noAnswer !== undefined)
      this.#noAnswer = dispatcher.clock.setTimer(forwarding.noAnswer, () => this.#ringsInVain())
  }

  #finish(): void {
    const best = this.#answered ? undefined : this.#best()
    if (best) this.#answer(best)
    this.#end()
  }

  /** RFC 3261 16.7 step 6. A request other than INVITE is never answered 408: it would come too late (RFC 4320 4.2). */
  #best(): SipResponse | undefined {
    const { request } = this.#init
    const isInvite = request.method === 'INVITE'
    const finals = isInvite ? this.#finals : this.#finals.filter(({ status }) => status !== 408)
    const best = bestResponse(finals)
    if (!best || (best.status === 408 && this.#closing === 'cancelled')) {
      if (this.#closing === 'cancelled') return this.#own({ status: 487 })
      return isInvite ? this.#own({ status: 408 }) : undefined
    }
    // A 503 says that the one who sends it is overloaded, and this proxy is not (RFC 3261 16.7 step 6), unless it held the request back
    if (best.status === 503 && best !== this.#noRoom) return this.#own({ status: 500, reason: best.reason })
    mergeChallenges(best, finals)
    return best
  }

  #own(rejection: Rejection): SipResponse {
    return answerTo(this.#init.request, this.#init.dispatcher, rejection)
  }

  #answer(response: SipResponse): void {
    this.#answered = true
    this.#init.dispatcher.deliver(response)
  }

  #end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#noAnswer?.cancel()
    this.#finals.length = 0
    this.#init.onEnd()
  }
}

/** The first targets, up to a bound on branches of one request. */
function atMost(groups: TargetGroups, max: number): TargetGroups {
  let room = max
  const kept = groups.map((group) => {
    const some = group.slice(0, room)
    room -= some.length
    return some
  })
  return kept.filter((group) => group.length > 0)
}
