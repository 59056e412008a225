/** Where packets go to or come from. */
export interface PacketAddress {
  /** numeric, IPv6 without brackets */
  address: string
  port: number
}

/** A datagram socket as the media session needs it: Node's UDP, a memory network, whatever else carries packets. */
export interface PacketSocket {
  readonly local: PacketAddress
  /** Sends at once or not at all. Never throws: failures go to `onError`. */
  send(bytes: Uint8Array, to: PacketAddress): void
  /** Set by the session that uses the socket. The bytes are the receiver's to keep. */
  onPacket: ((bytes: Uint8Array, from: PacketAddress) => void) | undefined
  /** Set by the session that uses the socket. */
  onError: ((error: Error) => void) | undefined
  close(): Promise<void>
}

/** The sockets of one audio stream. */
export interface SocketPair {
  rtp: PacketSocket
  /** without it no RTCP is sent */
  rtcp?: PacketSocket
}

/** An address in a form that can be compared as text: IPv6 shortened and in lower case, without a zone. */
export function canonicalAddress(address: string): string {
  if (!address.includes(':')) return address.toLowerCase()
  const bare = address.replace(/^\[|\]$/g, '').replace(/%.*$/, '')
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)
  if (mapped) return mapped[1]!
  return URL.canParse(`http://[${bare}]/`) ? new URL(`http://[${bare}]/`).hostname.slice(1, -1) : bare.toLowerCase()
}
