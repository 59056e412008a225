import { canonicalAddress, type PacketAddress } from './packet-socket.ts'

/** Which packets a session listens to, and where it sends. */
export interface SourceFilterOptions {
  /**
   * `learn` (default): the signalled address, or, until that is heard, the first other one that sends: peers behind a NAT
   * send from where their description does not say. `signalled`: nothing else than the signalled address.
   */
  accept?: 'learn' | 'signalled'
  /** send to the address that was learnt, for peers behind a NAT (RFC 7362); default false */
  latching?: boolean
}

interface Heard extends PacketAddress {
  ssrc: number
}

function same(one: PacketAddress | undefined, other: PacketAddress): boolean {
  return one?.port === other.port && one.address === other.address
}

/**
 * Decides whose packets count. Once an address was heard, another one is believed only when it carries on with the same
 * SSRC, which someone who cannot read the stream does not know.
 */
export class SourceFilter {
  readonly #options: SourceFilterOptions
  #signalled: PacketAddress | undefined
  #heard: Heard | undefined

  constructor(options: SourceFilterOptions = {}) {
    this.#options = options
  }

  /** The address that the peer's description names. A new one makes the filter learn anew. */
  set signalled({ address, port }: PacketAddress) {
    const next = { address: canonicalAddress(address), port }
    if (same(this.#signalled, next)) return
    this.#signalled = next
    this.#heard = undefined
  }

  /** Where to send. */
  get destination(): PacketAddress | undefined {
    return (this.#options.latching && this.#heard) || this.#signalled
  }

  /** True when a packet from there counts. */
  accepts(from: PacketAddress, ssrc: number): boolean {
    const source = { address: canonicalAddress(from.address), port: from.port, ssrc }
    if (same(this.#signalled, source)) {
      this.#heard = source
      return true
    }
    if (this.#options.accept === 'signalled') return false
    if (this.#heard && !same(this.#heard, source) && this.#heard.ssrc !== ssrc) return false
    this.#heard = source
    return true
  }
}
