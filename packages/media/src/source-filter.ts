import { canonicalAddress, type PacketAddress } from './packet-socket.ts'

/** Settings of a {@link SourceFilter}: which packets a session accepts, and where it sends. */
export interface SourceFilterOptions {
  /**
   * `learn` (default): packets from the address in the peer's description, or, as long as nothing came from there, from the first
   * other address that sends: a peer behind a NAT does not know its own address. `signalled`: only packets from the address in
   * the description.
   */
  accept?: 'learn' | 'signalled'
  /** send to the address that packets come from instead of the one in the description, for peers behind a NAT (RFC 7362); default false */
  latching?: boolean
}

interface Heard extends PacketAddress {
  ssrc: number
}

function same(one: PacketAddress | undefined, other: PacketAddress): boolean {
  return one?.port === other.port && one.address === other.address
}

/**
 * Decides which packets are accepted. Once packets came from one address, those from another address are accepted only with the
 * same SSRC: somebody who cannot read the stream does not know it, and so cannot take it over.
 */
export class SourceFilter {
  readonly #options: SourceFilterOptions
  #signalled: PacketAddress | undefined
  #heard: Heard | undefined

  constructor(options: SourceFilterOptions = {}) {
    this.#options = options
  }

  /** The address in the peer's description. Setting another one starts the learning again. */
  set signalled({ address, port }: PacketAddress) {
    const next = { address: canonicalAddress(address), port }
    if (same(this.#signalled, next)) return
    this.#signalled = next
    this.#heard = undefined
  }

  /** The address to send to. */
  get destination(): PacketAddress | undefined {
    return (this.#options.latching && this.#heard) || this.#signalled
  }

  /** True when a packet from this address is accepted. */
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
