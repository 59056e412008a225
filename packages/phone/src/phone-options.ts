import type { MediaBackend, SrtpMode } from '@netsip/media'
import type { Clock, Random, Tracer } from '@netsip/runtime'
import type { Leg, Protocol, Resolver } from '@netsip/transport'

/** Whom TLS and WSS trust, and what they prove themselves with: PEM texts. */
export interface TlsTrust {
  /** Issuers that we trust, instead of those that Node trusts. */
  readonly ca?: string
  /** Our certificate, and its key: without them we can connect to others, but nobody to us. */
  readonly cert?: string
  readonly key?: string
  /**
   * Does not check the certificates of servers, so that anyone in the middle can read and change everything but the
   * password. For trying things out. Default false.
   */
  readonly insecure?: boolean
}

/** Options of {@link createPhone}. */
export interface PhoneOptions {
  /** Who we are: the address of record, such as `sip:alice@example.com`. */
  readonly aor: string
  /** Shown to the other side beside the address. */
  readonly displayName?: string
  /** The user name for digest; default: the user of `aor`. */
  readonly user?: string
  /**
   * The password for digest. Without it a challenge fails with ERR_SIP_AUTH. It answers only requests that go to our domain,
   * registrar or proxy, and there only the realm named like one of them or the one that the registrar, or failing that the
   * first challenge, has named: never a callee's own.
   */
  readonly password?: string
  /** Further realms that may ask for the password, such as that of a proxy with another realm than the registrar. */
  readonly realms?: readonly string[]
  /** Where to register; default: the domain of `aor`. */
  readonly registrar?: string
  /** Every request goes through this proxy. */
  readonly proxy?: string
  /** Default `udp`. */
  readonly transport?: Protocol
  readonly tls?: TlsTrust
  /** The URL of the server for `ws` and `wss`; default `ws://` or `wss://` and the host and port of proxy or registrar. */
  readonly webSocket?: string
  /** Where to listen. Default: every address of this machine, and any free port. */
  readonly listen?: { readonly host?: string; readonly port?: number }
  /** Where requests will go, when neither proxy nor registrar says so: an IPv6 address makes the phone listen on IPv6. */
  readonly towards?: string
  /** The codecs offered and accepted, the preferred one first. Default PCMU, PCMA. */
  readonly codecs?: readonly string[]
  /** `sdes`: SRTP with keys in the description (RFC 4568), and no plain sound; for TLS and WSS. Default `off`. */
  readonly srtp?: SrtpMode
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
  /**
   * Whether texts are taken (MESSAGE, RFC 3428): by the listeners of `message`, and with 480 while there is none. `false` leaves
   * the method out of Allow, and refuses each with 405. Default true.
   */
  readonly messages?: boolean
}
