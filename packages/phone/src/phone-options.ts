import type { MediaBackend } from '@netsip/media'
import type { Clock, Random, Tracer } from '@netsip/runtime'
import type { Leg, Protocol, Resolver } from '@netsip/transport'

/** Options of {@link createPhone}. */
export interface PhoneOptions {
  /** Who we are: the address of record, such as `sip:alice@example.com`. */
  readonly aor: string
  /** Shown to the other side beside the address. */
  readonly displayName?: string
  /** The user name for digest; default: the user of `aor`. */
  readonly user?: string
  /** The password for digest. Without it a challenge fails with ERR_SIP_AUTH. */
  readonly password?: string
  /** Where to register; default: the domain of `aor`. */
  readonly registrar?: string
  /** Every request goes through this proxy. */
  readonly proxy?: string
  /** Default `udp`. */
  readonly transport?: Protocol
  /** Where to listen. Default: every address of this machine, and any free port. */
  readonly listen?: { readonly host?: string; readonly port?: number }
  /** Where requests will go, when neither proxy nor registrar says so: an IPv6 address makes the phone listen on IPv6. */
  readonly towards?: string
  /** The codecs offered and accepted, the preferred one first. Default PCMU, PCMA. */
  readonly codecs?: readonly string[]
  /** Where the sound comes from and goes to. Default in Node: RTP. */
  readonly media?: MediaBackend
  /** Legs to use instead of one that the phone opens; they stay open when the phone closes. */
  readonly legs?: readonly Leg[]
  /** Default: DNS, or, with legs of your own, addresses and no names. */
  readonly resolver?: Resolver
  readonly clock?: Clock
  readonly random?: Random
  /** Is told of every message in and out. */
  readonly tracer?: Tracer
  /** Seconds a registration is asked for. Default 300. */
  readonly expires?: number
  /** Written into requests and responses. Default `netsip`. */
  readonly userAgent?: string
  /** Calls at a time, both ways; one more that comes in is answered 486. Default 1000. */
  readonly maxCalls?: number
}
