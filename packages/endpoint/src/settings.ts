import type { ChallengePolicy } from '@netsip/auth'
import type { SipRequest, Uri } from '@netsip/message'
import { checkOptions, type Clock, type Random, type RulesOf } from '@netsip/runtime'
import type { Dialog } from './dialog/dialog.ts'
import type { RedirectPolicy } from './request/request-args.ts'

/** Options of an Endpoint. */
export interface EndpointOptions {
  /** Default: the clock of the dispatcher. */
  readonly clock?: Clock
  /** Default: the random source of the dispatcher. */
  readonly random?: Random
  /** Written as User-Agent into requests and as Server into responses. Default: neither is written. */
  readonly userAgent?: string
  /**
   * Methods of the Allow header. When given, any other method is refused before the application sees it: with 405, or with 501
   * if it is not a method of SIP. Default: the header lists the methods the endpoint handles itself, and no method is refused.
   */
  readonly allow?: readonly string[]
  /** Option tags of the Supported header, beside those the endpoint implements. A request that requires another gets 420. */
  readonly supported?: readonly string[]
  /** Content types the application understands; a request with another one is refused with 415. Default: any. */
  readonly accept?: readonly string[]
  /**
   * Tells our addresses from others: a request outside a dialog for another Request-URI is refused with 404. Default: every
   * Request-URI is ours.
   */
  readonly isOurs?: (uri: Uri) => boolean
  /** Which 3xx responses are followed, when the request does not say. Default: 302 only. */
  readonly redirect?: RedirectPolicy
  /**
   * Session interval that INVITEs ask for, in seconds, at least 90 (RFC 4028). Default: none is asked for; what the peer asks
   * for is honoured.
   */
  readonly sessionExpires?: number
  /** The shortest session interval that is accepted, in seconds. Default 90, which is also the least. */
  readonly minSE?: number
  /** Info packages that are accepted (RFC 6086); INFO with another is refused with 469. Default: all are, and none is announced. */
  readonly recvInfo?: readonly string[]
  /**
   * Which digest challenges are answered: `algorithms` without `'MD5'` refuses a downgrade to it, `preferQop`, `prefer`.
   * Default: all algorithms, the strongest first.
   */
  readonly digest?: ChallengePolicy
  /**
   * Event packages that we serve and follow (RFC 6665), announced in Allow-Events. A SUBSCRIBE or PUBLISH for another one is
   * refused with 489, and so is a NOTIFY that belongs to no subscription of ours. Default: any, and none is announced.
   */
  readonly events?: readonly string[]
  /**
   * Event packages whose NOTIFY is accepted without a subscription and handed to the application; some servers send
   * `message-summary` that way. Default: none, such a NOTIFY is answered with 481 (RFC 6665 4.1.3).
   */
  readonly unsolicited?: readonly string[]
  /**
   * The shortest subscription that is granted, in seconds: a SUBSCRIBE for less, but not for 0, is refused with 423. At most
   * 3600: longer ones may not be refused as too brief (RFC 6665 4.2.1.1). Default 0.
   */
  readonly minSubscription?: number
  /**
   * Whether an INVITE with Replaces may take the place of this call (RFC 3891 3): `false` refuses it with 403, unseen by the
   * application. Default: the application decides, by accepting the INVITE or not; `ctx.replaces` tells it which call is meant.
   */
  readonly mayReplace?: (request: SipRequest, dialog: Dialog) => boolean
  /**
   * Says in INVITEs that we understand P-Early-Media (RFC 5009), the header in which a trusted network says what media may
   * flow before the answer: see `dialog.earlyMedia`. Default false.
   */
  readonly earlyMedia?: boolean
  /** How long the application may leave an INVITE unanswered, in ms, before it is refused with 480. Default 600,000. */
  readonly ringTimeout?: number
}

/** Options with their defaults, where they have some. */
export interface Settings extends Omit<EndpointOptions, 'sessionExpires'> {
  readonly supported: readonly string[]
  readonly ringTimeout: number
  readonly sessionExpires: number | undefined
  readonly minSE: number
  readonly digest: ChallengePolicy
  readonly unsolicited: readonly string[]
  readonly minSubscription: number
  /** What we can do as header fields, written once for all messages. */
  readonly abilities: Abilities
}

/** The header fields that say what we understand. */
export interface Abilities {
  readonly Allow: string
  readonly Supported: string
  readonly 'Allow-Events': string | undefined
  readonly 'Recv-Info': string | undefined
}

/** Methods the endpoint handles itself. */
const OWN_METHODS: readonly string[] = ['INVITE', 'ACK', 'CANCEL', 'BYE', 'OPTIONS', 'PRACK', 'UPDATE']

/** Extensions the endpoint implements (RFC 3261 20.37). */
const OWN_EXTENSIONS: readonly string[] = ['100rel', '199', 'norefersub', 'replaces', 'timer']

/** Every method of RFC 3261 and its extensions: 405 when not allowed, while anything else is 501 (RFC 3261 8.2.1). */
export const KNOWN_METHODS: ReadonlySet<string> = new Set([
  ...OWN_METHODS,
  'REGISTER',
  'SUBSCRIBE',
  'NOTIFY',
  'PUBLISH',
  'INFO',
  'REFER',
  'MESSAGE',
])

const rules: RulesOf<EndpointOptions> = {
  userAgent: 'string',
  clock: 'object',
  random: 'object',
  digest: 'object',
  allow: 'array',
  supported: 'array',
  accept: 'array',
  recvInfo: 'array',
  events: 'array',
  unsolicited: 'array',
  isOurs: 'function',
  mayReplace: 'function',
  redirect: 'any',
  earlyMedia: 'boolean',
  sessionExpires: 0,
  minSE: 0,
  minSubscription: 0,
  ringTimeout: 0,
}

export function readSettings(options: EndpointOptions): Settings {
  checkOptions('new Endpoint', options, rules)
  const supported = [...new Set([...OWN_EXTENSIONS, ...(options.supported ?? [])])]
  return {
    ...options,
    supported,
    abilities: {
      Allow: (options.allow ?? OWN_METHODS).join(', '),
      Supported: supported.join(', '),
      'Allow-Events': options.events?.join(', '),
      'Recv-Info': options.recvInfo?.join(', '),
    },
    ringTimeout: options.ringTimeout ?? 600_000,
    sessionExpires: options.sessionExpires === undefined ? undefined : Math.max(90, options.sessionExpires),
    digest: options.digest ?? {},
    unsolicited: options.unsolicited ?? [],
    minSubscription: Math.min(3600, options.minSubscription ?? 0),
    minSE: Math.max(90, options.minSE ?? 90),
  }
}
