import type { DigestVerifier, VerifyResult } from '@netsip/auth'
import type { Dispatcher } from '@netsip/dispatcher'
import { DigestCredentials, SipParseError, type SipMessage, type SipRequest, SipUri } from '@netsip/message'
import { checkOptions, type RulesOf } from '@netsip/runtime'
import { answer } from '../answer.ts'
import { Domains } from '../domains.ts'
import type { Handler } from '../handler.ts'
import { setAuthenticatedUser } from './authenticated-user.ts'

const DEFAULT_METHODS = ['INVITE', 'MESSAGE', 'SUBSCRIBE', 'PUBLISH', 'REFER']

/** Options of {@link Authorize}. */
export interface AuthorizeOptions {
  readonly dispatcher: Dispatcher
  readonly verifier: DigestVerifier
  /** The domains whose users must prove who they are. */
  readonly domains: Domains | Iterable<string>
  /** The methods that are challenged. Default INVITE, MESSAGE, SUBSCRIBE, PUBLISH, REFER. ACK and CANCEL never are (22.1). */
  readonly methods?: readonly string[]
  /** `proxy` asks with 407 (the default), `www` with 401, for handlers that are the target themselves (22.1). */
  readonly kind?: 'proxy' | 'www'
  /** Requests that need no proof, such as those inside a dialog that went through this proxy: {@link Proxy.isInDialog}. */
  readonly exempt?: (request: SipRequest) => boolean
  /** Whether this user may send in the name of From. Default: the user part of From is the username. */
  readonly mayUse?: (username: string, request: SipRequest) => boolean
}

const rules: RulesOf<AuthorizeOptions> = {
  dispatcher: 'object',
  verifier: 'object',
  domains: 'any',
  methods: 'array',
  kind: 'string',
  exempt: 'function',
  mayUse: 'function',
}

/**
 * Asks users of the own domains to prove who they are before their requests go further (RFC 3261 22.3). It answers 407 (or
 * 401) or 403 itself; a request that passes goes to the next handler without the credentials that were meant for this server.
 * Requests from other domains pass unasked: the {@link Proxy} lets them reach own users only.
 */
export class Authorize implements Handler {
  readonly #options: AuthorizeOptions
  readonly #domains: Domains
  readonly #methods: ReadonlySet<string>
  readonly #kind: 'proxy' | 'www'

  /** @throws {SipParseError} for a domain that cannot be parsed, {SipError} `ERR_SIP_ARGUMENT` for an option of another type or name */
  constructor(options: AuthorizeOptions) {
    checkOptions('new Authorize', options, rules)
    this.#options = options
    this.#domains =
      options.domains instanceof Domains ? options.domains : new Domains(options.domains, options.dispatcher)
    this.#kind = options.kind ?? 'proxy'
    this.#methods = new Set(
      (options.methods ?? DEFAULT_METHODS).filter((method) => method !== 'ACK' && method !== 'CANCEL'),
    )
  }

  /** Takes any method, as it is never the last one of a chain. */
  handle(packet: SipMessage): boolean | Promise<boolean> {
    if (packet.type !== 'request' || !this.#methods.has(packet.method)) return false
    if (!this.#isOwnUser(packet) || this.#options.exempt?.(packet)) return false
    const result = this.#options.verifier.verify(packet, this.#kind)
    return result instanceof Promise ? result.then((later) => this.#judge(packet, later)) : this.#judge(packet, result)
  }

  #judge(request: SipRequest, result: VerifyResult): boolean {
    const { dispatcher, mayUse = isFromUser } = this.#options
    if (!result.ok) {
      dispatcher.deliver(result.response)
      return true
    }
    if (!mayUse(result.username, request)) {
      answer(request, dispatcher, { status: 403, reason: 'From Is Another User' })
      return true
    }
    setAuthenticatedUser(request, result.username)
    this.#consume(request, result.realm)
    return false
  }

  /** Credentials for this realm end here; those for others further on stay as they came (RFC 3261 22.3). */
  #consume(request: SipRequest, realm: string): void {
    const name = this.#kind === 'proxy' ? 'Proxy-Authorization' : 'Authorization'
    const others = request.headers.getAll(name).filter((row) => realmOf(row, this.#kind) !== realm)
    request.headers.delete(name)
    for (const row of others) request.headers.append(name, row)
  }

  #isOwnUser(request: SipRequest): boolean {
    try {
      return this.#domains.findAddress(request.from.uri) !== undefined
    } catch (error) {
      if (error instanceof SipParseError) return false
      throw error
    }
  }
}

function isFromUser(username: string, request: SipRequest): boolean {
  return request.from.uri instanceof SipUri && request.from.uri.user === username
}

function realmOf(row: string, kind: 'proxy' | 'www'): string | undefined {
  try {
    return DigestCredentials.parse(row, kind).realm
  } catch (error) {
    if (error instanceof SipParseError) return undefined
    throw error
  }
}
