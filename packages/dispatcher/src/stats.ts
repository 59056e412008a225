/** How many transactions of one machine are in each of its states. */
export type StateGauge = Record<string, number>

/** A snapshot of what a dispatcher holds and did, made by `dispatcher.stats()`: plain data, safe to keep and to serialise. */
export interface DispatcherStats {
  /** Transactions alive now, by role, kind and state of RFC 3261 17 and RFC 6026. */
  readonly transactions: {
    readonly total: number
    readonly client: { readonly invite: StateGauge; readonly nonInvite: StateGauge }
    readonly server: { readonly invite: StateGauge; readonly nonInvite: StateGauge }
  }
  /** Requests by method; methods outside the RFCs count as `OTHER`. Retransmissions are counted apart. */
  readonly requests: { readonly in: Record<string, number>; readonly out: Record<string, number> }
  /** Responses by class: `1xx` to `6xx`. */
  readonly responses: { readonly in: Record<string, number>; readonly out: Record<string, number> }
  /** Requests that came again, and messages of ours that were sent again. */
  readonly retransmissions: { readonly in: number; readonly out: number }
  /** What was thrown away, by reason. */
  readonly drops: Record<string, number>
  /** Transactions that timers B, F or H ended. */
  readonly timeouts: number
  /** Sends that the transport reported as failed. */
  readonly transportErrors: number
  /** Requests that went on to another target of the same next hop. */
  readonly failovers: number
  /** Requests answered 503 without a transaction, because a bound was reached. */
  readonly shed: number
  /** Requests answered with a stateless 4xx or 5xx because they could not be read. */
  readonly malformed: number
  /** Exceptions and rejections of the receiver, of callbacks and of listeners. */
  readonly applicationErrors: number
}

const knownMethods = new Set(
  'INVITE ACK BYE CANCEL REGISTER OPTIONS PRACK UPDATE INFO MESSAGE SUBSCRIBE NOTIFY REFER PUBLISH'.split(' '),
)

const gauge = (states: string): StateGauge => Object.fromEntries(states.split(' ').map((state) => [state, 0]))

/** The counters behind {@link DispatcherStats}. */
export class Stats {
  readonly inviteClient: StateGauge = gauge('Calling Proceeding Completed Accepted')
  readonly nonInviteClient: StateGauge = gauge('Trying Proceeding Completed')
  readonly inviteServer: StateGauge = gauge('Proceeding Completed Confirmed Accepted')
  readonly nonInviteServer: StateGauge = gauge('Trying Proceeding Completed')
  readonly requestsIn: Record<string, number> = {}
  readonly requestsOut: Record<string, number> = {}
  readonly responsesIn: Record<string, number> = {}
  readonly responsesOut: Record<string, number> = {}
  readonly drops: Record<string, number> = {}
  total = 0
  retransmissionsIn = 0
  retransmissionsOut = 0
  timeouts = 0
  transportErrors = 0
  failovers = 0
  shed = 0
  malformed = 0
  applicationErrors = 0

  countRequest(counts: Record<string, number>, method: string): void {
    increment(counts, knownMethods.has(method) ? method : 'OTHER')
  }

  countResponse(counts: Record<string, number>, status: number): void {
    increment(counts, statusClasses[Math.trunc(status / 100)] ?? 'OTHER')
  }

  countDrop(reason: string): void {
    increment(this.drops, reason)
  }

  snapshot(): DispatcherStats {
    return {
      transactions: {
        total: this.total,
        client: { invite: { ...this.inviteClient }, nonInvite: { ...this.nonInviteClient } },
        server: { invite: { ...this.inviteServer }, nonInvite: { ...this.nonInviteServer } },
      },
      requests: { in: { ...this.requestsIn }, out: { ...this.requestsOut } },
      responses: { in: { ...this.responsesIn }, out: { ...this.responsesOut } },
      retransmissions: { in: this.retransmissionsIn, out: this.retransmissionsOut },
      drops: { ...this.drops },
      timeouts: this.timeouts,
      transportErrors: this.transportErrors,
      failovers: this.failovers,
      shed: this.shed,
      malformed: this.malformed,
      applicationErrors: this.applicationErrors,
    }
  }
}

const statusClasses = ['OTHER', '1xx', '2xx', '3xx', '4xx', '5xx', '6xx']

function increment(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1
}
