import type { SipRequest } from '@netsip/message'
import type { Clock } from '@netsip/runtime'
import type { Feedback } from './oc-params.ts'
import { Thinning } from './thinning.ts'

const mostNeighbours = 1000

// A late response must not bring back what has been taken back; a server that counts anew after a restart is heard again after this.
const remembered = 300_000

/** What one server asked for last. */
interface Neighbour {
  percent: number
  /** On the monotonic clock. */
  until: number
  sequence: number
  readonly thinning: Thinning
}

/** The servers that asked for less. */
export class Neighbours {
  readonly #clock: Clock
  readonly #asking = new Map<string, Neighbour>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  learn(name: string, { percent, validity, sequence }: Feedback): void {
    const known = this.#find(name)
    // RFC 7339 4.4: responses overtake each other.
    if (known && sequence < known.sequence) return
    const until = this.#clock.monotonic() + validity
    if (known) Object.assign(known, { percent, until, sequence })
    else if (percent > 0) this.#add(name, { percent, until, sequence, thinning: new Thinning() })
  }

  /** Of a hundred, how many it asked not to be sent, if this request is one of these. */
  heldBack(name: string, request: SipRequest): number | undefined {
    const known = this.#find(name)
    const percent = known && this.#clock.monotonic() < known.until ? known.percent : 0
    return known?.thinning.takes(request, percent) ? percent : undefined
  }

  #find(name: string): Neighbour | undefined {
    const known = this.#asking.get(name)
    if (!known || this.#clock.monotonic() < known.until + remembered) return known
    this.#asking.delete(name)
    return undefined
  }

  #add(name: string, neighbour: Neighbour): void {
    const [oldest] = this.#asking.keys()
    if (oldest !== undefined && this.#asking.size >= mostNeighbours) this.#asking.delete(oldest)
    this.#asking.set(name, neighbour)
  }
}
