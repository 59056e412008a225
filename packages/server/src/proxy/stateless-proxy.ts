import {
  parseUri,
  type SipMessage,
  SipParseError,
  type SipRequest,
  type SipResponse,
  SipUri,
  type Uri,
} from '@netsip/message'
import { checkOptions, isSipError, type Random, type RulesOf, systemRandom } from '@netsip/runtime'
import {
  type Hop,
  hopOf,
  type Leg,
  literalResolver,
  type Resolver,
  responseTarget,
  type Source,
  type Target,
} from '@netsip/transport'
import type { Rejection } from '../answer.ts'
import { workingCopy } from '../access/authenticated-user.ts'
import { Domains } from '../domains.ts'
import { copyFor, type ForwardPlan, stampRecordRoute, wantsRecordRoute } from './forward.ts'
import { isLoop, loopPart } from './loop.ts'
import { RecordRouter } from './record-route.ts'
import { preprocessRoute } from './route.ts'
import { statelessBranch, statelessTag } from './stateless-branch.ts'
import type { ProxyTarget } from './targets.ts'
import { validateRequest } from './validate.ts'

/** Options of {@link StatelessProxy}. */
export interface StatelessProxyOptions {
  /** Legs of its own: no dispatcher may listen to them. */
  readonly legs: readonly Leg[]
  /** The domains that `next` decides for. */
  readonly domains: Iterable<string>
  /**
   * Where a request for an own domain goes, by what it says and by nothing that changes: its retransmissions, CANCEL and ACK
   * must go the same way. A URI with `lr` is a next hop: it becomes the Route, and the Request-URI stays. Any other becomes the
   * Request-URI. `undefined`: 404.
   */
  readonly next: (request: SipRequest) => Uri | string | undefined
  /** Whether a request to another domain is forwarded. Default: never. */
  readonly relay?: (request: SipRequest, from: Source) => boolean
  /** Stay on the path of dialogs. Default `false`. */
  readonly recordRoute?: boolean
  /** Must give the targets of a name in the same order each time (RFC 3261 16.11). Default: literal addresses only. */
  readonly resolver?: Resolver
  readonly secret?: Uint8Array
  readonly random?: Random
  /** Most messages that wait for the resolver; more are dropped. Default 1000. */
  readonly maxResolving?: number
}

const rules: RulesOf<StatelessProxyOptions> = {
  legs: 'array',
  domains: 'any',
  next: 'function',
  relay: 'function',
  recordRoute: 'boolean',
  resolver: 'object',
  secret: 'object',
  random: 'object',
  maxResolving: 1,
}

/** What a stateless proxy has done. */
export interface StatelessProxyStats {
  readonly forwarded: number
  readonly answered: number
  readonly drops: Readonly<Record<string, number>>
}

/**
 * A stateless proxy (RFC 3261 16.11): every message is forwarded by itself, retransmissions too, and nothing is remembered.
 * It stands right on its legs, without transactions. Responses over TCP go to the address in the Via, where the user agent must
 * accept connections.
 */
export class StatelessProxy {
  readonly #options: StatelessProxyOptions
  readonly #domains: Domains
  readonly #recordRouter: RecordRouter
  readonly #resolver: Resolver
  readonly #tagSecret: Uint8Array
  readonly #unlisten: (() => void)[] = []
  readonly #drops: Record<string, number> = {}
  #forwarded = 0
  #answered = 0
  #resolving = 0

  /**
   * @throws {SipParseError} for a domain that is not a host with an optional port, {SipError} `ERR_SIP_ARGUMENT` for a limit
   * that would be none
   */
  constructor(options: StatelessProxyOptions) {
    checkOptions('new StatelessProxy', options, rules)
    const { legs, domains, random = systemRandom, resolver = literalResolver } = options
    this.#options = options
    this.#domains = new Domains(domains, { legs, isOwn: (uri) => isOwnAddress(legs, uri) })
    this.#recordRouter = new RecordRouter(options.secret, random)
    this.#resolver = resolver
    this.#tagSecret = options.secret ?? random.bytes(16)
    for (const leg of legs) this.#listen(leg)
  }

  stats(): StatelessProxyStats {
    return { forwarded: this.#forwarded, answered: this.#answered, drops: { ...this.#drops } }
  }

  /** Stops listening. The legs stay open. */
  close(): void {
    for (const unlisten of this.#unlisten) unlisten()
    this.#unlisten.length = 0
  }

  #listen(leg: Leg): void {
    const message = (packet: SipMessage, from: Source): void => this.#receive(packet, leg, from)
    const malformed = (error: SipParseError, from: Source): void => this.#refuseMalformed(error, leg, from)
    leg.on('message', message)
    leg.on('malformed', malformed)
    this.#unlisten.push(() => {
      leg.off('message', message)
      leg.off('malformed', malformed)
    })
  }

  #receive(packet: SipMessage, leg: Leg, from: Source): void {
    this.#guard(() =>
      packet.type === 'request' ? this.#takeRequest(packet, leg, from) : this.#forwardResponse(packet),
    )
  }

  #refuseMalformed({ request, status }: SipParseError, leg: Leg, from: Source): void {
    this.#guard(() => (request ? this.#answer(request, { status }, leg, from) : this.#drop('malformed')))
  }

  /** What cannot be read or sent costs that one message and nothing else. */
  #guard(run: () => void): void {
    try {
      run()
    } catch (error) {
      if (!(error instanceof SipParseError) && !isSipError(error)) throw error
      this.#drop(error.code)
    }
  }

  #takeRequest(request: SipRequest, leg: Leg, from: Source): void {
    const rejection = this.#forwardRequest(request, leg, from)
    if (rejection) this.#answer(request, rejection, leg, from)
  }

  #forwardRequest(request: SipRequest, leg: Leg, from: Source): Rejection | undefined {
    const rejection = validateRequest(request)
    if (rejection) return rejection
    const part = loopPart(request)
    if (isLoop(request, this.#options.legs, part)) return { status: 482 }
    const work = workingCopy(request)
    const { inDialog } = preprocessRoute(work, this.#domains, this.#recordRouter)
    const target = this.#targetOf(work, inDialog, from)
    if ('status' in target) return target
    const plan = this.#planFor(work, inDialog, leg, from)
    const copy = copyFor(plan, target)
    const branch = statelessBranch(request) + part
    this.#send(hopOf(copy.routes[0]?.uri ?? copy.uri), (out, to) => {
      stampRecordRoute(plan, copy, out, to, undefined)
      copy.pushVia(out.via(branch, to))
      return copy.toBytes()
    })
    this.#forwarded++
    return undefined
  }

  /** One target, by the message and the configuration alone. */
  #targetOf(work: SipRequest, inDialog: boolean, from: Source): ProxyTarget | Rejection {
    const { uri, routes } = work
    const { next, relay } = this.#options
    const here: ProxyTarget = { uri, path: [] }
    if (inDialog) return here
    if (routes.length > 0 || !this.#domains.isSelf(uri))
      return relay?.(work, from) ? here : { status: 403, reason: 'Relaying Denied' }
    const chosen = next(work)
    if (chosen === undefined) return { status: 404 }
    const to = typeof chosen === 'string' ? parseUri(chosen) : chosen
    return to instanceof SipUri && to.lr ? { uri, path: [`<${to.toString()}>`] } : { uri: to, path: [] }
  }

  #planFor(request: SipRequest, inDialog: boolean, leg: Leg, from: Source): ForwardPlan {
    const stay = this.#options.recordRoute === true && wantsRecordRoute(request, inDialog)
    return {
      request,
      leg,
      from,
      callerFlow: undefined,
      recordRoute: stay ? 'always' : 'never',
      recordRouter: this.#recordRouter,
      keyOf: () => '',
    }
  }

  /** RFC 3261 16.11: only the top Via is taken off, and only if it is ours. */
  #forwardResponse(response: SipResponse): void {
    const { via } = response
    if (!via || !this.#options.legs.some((leg) => leg.isOwnSentBy(via))) return this.#drop('foreign-response')
    response.popVia()
    if (!response.via) return this.#drop('response-for-us')
    this.#forwarded++
    this.#send(responseTarget(response), () => response.toBytes())
  }

  /** An ACK is never answered (RFC 3261 17). */
  #answer(request: SipRequest, { status, reason, headers }: Rejection, leg: Leg, from: Source): void {
    if (request.method === 'ACK') return this.#drop('ack')
    const response = request.createResponse(status, {
      toTag: statelessTag(request, this.#tagSecret),
      ...(reason === undefined ? {} : { reason }),
      ...(headers === undefined ? {} : { headers }),
    })
    this.#answered++
    const back = responseTarget(response, from)
    if ('addr' in back) leg.send(response.toBytes(), back)
    else this.#send(back, () => response.toBytes())
  }

  #send(to: Hop | Target, write: (out: Leg, target: Target) => Uint8Array): void {
    if ('addr' in to) return this.#sendTo(to, write)
    const protocols = [...new Set(this.#options.legs.map(({ protocol }) => protocol))]
    const found = this.#resolver.resolve(to, protocols)
    if (Array.isArray(found)) return this.#sendTo(found[0], write)
    if (this.#resolving >= (this.#options.maxResolving ?? 1000)) return this.#drop('resolving')
    this.#resolving++
    found
      .then((targets) => this.#sendTo(targets[0], write))
      .catch(() => this.#drop('unresolved'))
      .finally(() => this.#resolving--)
  }

  #sendTo(target: Target | undefined, write: (out: Leg, target: Target) => Uint8Array): void {
    const out = target && this.#options.legs.find((leg) => leg.canDeliverTo(target))
    if (out) out.send(write(out, target), target, { onSendError: () => this.#drop('not-sent') })
    else this.#drop('unreachable')
  }

  #drop(reason: string): void {
    this.#drops[reason] = (this.#drops[reason] ?? 0) + 1
  }
}

function isOwnAddress(legs: readonly Leg[], uri: Uri): boolean {
  if (!(uri instanceof SipUri)) return false
  const { host, port } = uri
  return legs.some((leg) => leg.match({ host, ...(port === undefined ? {} : { port }) }))
}
