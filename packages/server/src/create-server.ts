import { type DigestAlgorithm, DigestVerifier } from '@netsip/auth'
import type { Dispatcher } from '@netsip/dispatcher'
import type { Uri } from '@netsip/message'
import { checkOptions, type RulesOf, SipError } from '@netsip/runtime'
import { type Account, Accounts } from './access/accounts.ts'
import { Authorize } from './access/authorize.ts'
import { Chain } from './chain.ts'
import { Domains } from './domains.ts'
import type { Handler } from './handler.ts'
import { FlowTable } from './location/flow-table.ts'
import type { LocationStore } from './location/location-store.ts'
import { MemoryLocationStore } from './location/memory-location-store.ts'
import type { ForwardingOptions } from './proxy/forwarding.ts'
import { Proxy } from './proxy/proxy.ts'
import type { RelayPolicy } from './proxy/targets.ts'
import type { ExpiryPolicy } from './registrar/change-contacts.ts'
import { Registrar } from './registrar/registrar.ts'

/** Options of {@link createServer}. */
export interface ServerOptions {
  readonly dispatcher: Dispatcher
  /** The domains served; the first one is the digest realm. */
  readonly domains: readonly [string, ...string[]]
  /** Passwords, or digests of them, by user. Only these users may register and call; without it everybody may. */
  readonly accounts?: Readonly<Record<string, Account>>
  /**
   * The digest algorithms offered. Default SHA-256 and MD5 (RFC 8760), of which only those that every account serves; only
   * `['MD5']` for user agents that give up at a challenge they do not know instead of looking at the next one, as baresip 1.0 does.
   */
  readonly algorithms?: readonly DigestAlgorithm[]
  /** Users with one fixed contact. Anybody of the domains may call them. */
  readonly lines?: Readonly<Record<string, string | Uri>>
  /** Default: a {@link MemoryLocationStore} of its own. */
  readonly store?: LocationStore
  readonly expires?: Partial<ExpiryPolicy>
  readonly relay?: RelayPolicy
  /** Where calls go that own users do not take: busy, no answer, not registered. Default: nowhere. */
  readonly forwarding?: ForwardingOptions
  readonly recordRoute?: boolean
  /** Keys nonces and Record-Route seals, so that they survive a restart. Default: random. */
  readonly secret?: Uint8Array
}

const rules: RulesOf<ServerOptions> = {
  dispatcher: 'object',
  domains: 'array',
  accounts: 'object',
  algorithms: 'array',
  lines: 'object',
  store: 'object',
  expires: 'object',
  relay: 'function',
  forwarding: 'object',
  recordRoute: 'boolean',
  secret: 'object',
}

/** The parts of a server made by {@link createServer}. */
export interface Server {
  readonly chain: Chain
  readonly registrar: Registrar
  /** Only with accounts. */
  readonly authorize?: Authorize
  readonly proxy: Proxy
  readonly store: LocationStore
  /** The row in the chain, for a chain of your own with others in front. */
  readonly handlers: readonly Handler[]
  /** Takes the chain off the dispatcher, ends what is in progress and forgets the bindings of a store of its own. */
  close(): void
}

/**
 * A registrar and proxy for some domains in one call, set as the receiver of the dispatcher: the row registrar, authorize,
 * proxy. The dispatcher and its legs stay the caller's to close.
 *
 * @throws {SipParseError} for a domain or line that cannot be parsed, {SipError} `ERR_SIP_ARGUMENT` for an option of another type
 */
export function createServer(options: ServerOptions): Server {
  checkOptions('createServer', options, rules)
  checkParts(options)
  const { dispatcher, lines } = options
  const accounts = options.accounts && new Accounts(options.accounts)
  const domains = new Domains(options.domains, dispatcher)
  const flows = new FlowTable(dispatcher.random.hex(4))
  const own = options.store ? undefined : new MemoryLocationStore({ clock: dispatcher.clock })
  const store = options.store ?? own ?? new MemoryLocationStore()
  const verifier = accounts && verifierFor(options, accounts)
  const isUser = accounts && ((user: string): boolean => accounts.has(user))
  const common = { dispatcher, domains, store, flows, ...(isUser ? { isUser } : {}) }

  const registrar = new Registrar({
    ...common,
    ...(verifier ? { verifier } : {}),
    ...(options.expires ? { expires: options.expires } : {}),
  })
  const proxy = new Proxy({
    ...common,
    ...(lines ? { lines } : {}),
    ...(options.relay ? { relay: options.relay } : {}),
    ...(options.forwarding ? { forwarding: options.forwarding } : {}),
    ...(options.secret ? { secret: options.secret } : {}),
    ...(options.recordRoute === undefined ? {} : { recordRoute: options.recordRoute }),
  })
  const authorize =
    verifier && new Authorize({ dispatcher, verifier, domains, exempt: (request) => proxy.isInDialog(request) })
  const handlers: readonly Handler[] = [registrar, ...(authorize ? [authorize] : []), proxy]
  const chain = new Chain(dispatcher, handlers)
  dispatcher.setReceiver(chain)
  return {
    chain,
    registrar,
    ...(authorize ? { authorize } : {}),
    proxy,
    store,
    handlers,
    close: () => {
      dispatcher.setReceiver(undefined)
      proxy.close()
      registrar.close()
      flows.close()
      own?.close()
    },
  }
}

/** What looks like the right thing from afar, and fails at the first call. */
function checkParts({ store }: ServerOptions): void {
  const methods = ['lookup', 'update', 'onChange'] as const
  const missing = store && methods.find((method) => typeof store[method] !== 'function')
  if (missing)
    throw new SipError('ERR_SIP_ARGUMENT', `createServer: 'store' is no LocationStore: it has no ${missing}()`)
}

function verifierFor(options: ServerOptions, accounts: Accounts): DigestVerifier {
  const { dispatcher, domains, secret } = options
  return new DigestVerifier({
    realm: domains[0],
    lookup: accounts.lookup,
    algorithms: accounts.offered(options.algorithms),
    clock: dispatcher.clock,
    random: dispatcher.random,
    ...(secret ? { secret } : {}),
  })
}
