import type { SrtpCrypto, SrtpSuite } from './crypto.ts'
import { sameTag } from './keys.ts'
import { SrtcpContext, SrtpContext } from './srtp.ts'

/** The keys that an offer and its answer agreed on: our own key encrypts what we send, the peer's key opens what it sends. */
export interface AgreedKeys {
  suite: SrtpSuite
  send: Uint8Array
  receive: Uint8Array
}

interface Direction {
  suite: SrtpSuite
  master: Uint8Array
  rtp: SrtpContext
  rtcp: SrtcpContext
}

/** SRTP and SRTCP of a session, both ways. */
export class Protection {
  readonly #crypto: SrtpCrypto
  #sending: Direction | undefined
  #receiving: Direction | undefined

  constructor(crypto: SrtpCrypto) {
    this.#crypto = crypto
  }

  /** What was agreed last. A direction whose key stays goes on where it is, rollover and replay window and all. */
  set keys({ suite, send, receive }: AgreedKeys) {
    this.#sending = this.#direction(this.#sending, suite, send)
    this.#receiving = this.#direction(this.#receiving, suite, receive)
  }

  protectRtp(packet: Uint8Array): Uint8Array | undefined {
    return this.#sending?.rtp.protect(packet)
  }

  unprotectRtp(packet: Uint8Array): Uint8Array | undefined {
    return this.#receiving?.rtp.unprotect(packet)
  }

  protectRtcp(packet: Uint8Array): Uint8Array | undefined {
    return this.#sending?.rtcp.protect(packet)
  }

  unprotectRtcp(packet: Uint8Array): Uint8Array | undefined {
    return this.#receiving?.rtcp.unprotect(packet)
  }

  #direction(before: Direction | undefined, suite: SrtpSuite, master: Uint8Array): Direction {
    if (before?.suite === suite && sameTag(before.master, master)) return before
    const rtp = new SrtpContext(this.#crypto, suite, master, before?.rtp)
    return { suite, master, rtp, rtcp: new SrtcpContext(this.#crypto, suite, master) }
  }
}
