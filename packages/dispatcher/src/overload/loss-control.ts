import type { SipRequest, SipResponse, Via } from '@netsip/message'
import { checkOptions, type Clock, type RulesOf, SipError, systemClock } from '@netsip/runtime'
import { describeTarget, type Target } from '@netsip/transport'
import { Neighbours } from './neighbours.ts'
import { asking, defaultValidity, feedbackOf, listens, offering, silent } from './oc-params.ts'
import type { OverloadControl } from './overload-control.ts'
import { Thinning } from './thinning.ts'

/** How a {@link LossControl} measures and what it says; all of it has defaults. */
export interface LossControlOptions {
  /** How busy we are, from 0 to 1; default: how much of `limits.transactions` is taken. Called for each response. */
  readonly load?: (() => number) | undefined
  /** Up to which load everything is taken; from there to 1 the share that is refused rises from 0 to all. Default 0.8. */
  readonly from?: number | undefined
  /** How long neighbours are to go by what was said last, in milliseconds; default 500 (RFC 7339 4.3). */
  readonly validity?: number | undefined
  /** The one of the dispatcher, if that was given one. */
  readonly clock?: Clock | undefined
}

const rules: RulesOf<LossControlOptions> = { load: 'function', from: 0, validity: 1, clock: 'object' }

/**
 * Overload control by loss (RFC 7339): a neighbour that listens is told in the Via of each response which share of its requests not to
 * send, and sends them elsewhere or refuses them itself; of the others that share is answered 503. Towards servers that say so it
 * does the same: a request that is held back goes to the next target, or fails with `ERR_SIP_OVERLOAD`. Requests within a dialog
 * and emergencies are spared while there are others.
 *
 * One belongs to one dispatcher: `new Dispatcher({ overload: new LossControl() })`.
 */
export class LossControl implements OverloadControl {
  readonly #load: (() => number) | undefined
  readonly #from: number
  readonly #validity: number
  readonly #clock: Clock
  readonly #neighbours: Neighbours
  // Those who do not listen, all together.
  readonly #deaf = new Thinning()

  /** @throws SipError ERR_SIP_ARGUMENT for an option that makes no sense, and one there is not */
  constructor(options: LossControlOptions = {}) {
    checkOptions('new LossControl', options, rules)
    const { load, from = 0.8, validity = defaultValidity, clock = systemClock } = options
    if (!(from >= 0 && from < 1)) throw new SipError('ERR_SIP_ARGUMENT', `from: 0 to less than 1, not ${from}`)
    this.#load = load
    this.#from = from
    this.#validity = validity
    this.#clock = clock
    this.#neighbours = new Neighbours(clock)
  }

  offer(via: Via): Via {
    return offering(via)
  }

  learn(response: SipResponse, target: Target): void {
    const { via } = response
    const feedback = via && feedbackOf(via)
    if (feedback) this.#neighbours.learn(describeTarget(target), feedback)
    // What is said to us is for us: whoever is behind us hears of our own load.
    const [, ...others] = response.headers.getAll('Via')
    if (via && others.some((text) => /;\s*oc\s*=/i.test(text))) {
      const vias = response.vias.slice(1).map((behind) => (feedbackOf(behind) ? offering(silent(behind)) : behind))
      response.headers.set('Via', [via, ...vias].map(String))
    }
  }

  heldBack(request: SipRequest, target: Target): string | undefined {
    const name = describeTarget(target)
    const percent = this.#neighbours.heldBack(name, request)
    return percent === undefined ? undefined : `${name} is overloaded, and asked for ${percent} % less`
  }

  refuses(request: SipRequest, fill: number): boolean {
    const { via } = request
    if (via && listens(via)) return false
    return this.#deaf.takes(request, this.#percent(fill))
  }

  report(response: SipResponse, fill: number): void {
    const { via } = response
    // What is repeated stays as it was.
    if (!via || !listens(via) || feedbackOf(via)) return
    const percent = this.#percent(fill)
    // With nothing to ask for it takes back what it may have asked before.
    const validity = percent > 0 ? this.#validity : 0
    response.via = asking(via, { percent, validity, sequence: this.#clock.wall() / 1000 })
  }

  #percent(fill: number): number {
    const share = ((this.#load?.() ?? fill) - this.#from) / (1 - this.#from)
    // What cannot be measured refuses nobody.
    return share > 0 ? Math.min(100, Math.round(share * 100)) : 0
  }
}
