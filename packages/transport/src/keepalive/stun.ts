import { canonicalHost, parseIp } from '../ip.ts'

/** RFC 8489 5: tells STUN from anything else on the same port. */
const magicCookie = 0x2112a442
const headerLength = 20
const bindingRequest = 0x0001
const bindingSuccess = 0x0101
const bindingError = 0x0111
const xorMappedAddress = 0x0020
const errorCode = 0x0009
const unknownAttributes = 0x000a
const software = 0x8022

/** A STUN message, as far as keep-alives need it. */
export interface StunMessage {
  kind: 'request' | 'success' | 'error' | 'other'
  /** The 12 bytes that tie an answer to its question, in hexadecimal. */
  transaction: string
  /** Our address as the peer saw it. */
  mapped?: { host: string; port: number }
  /** Attributes that may not be passed over, and that nobody here knows (RFC 8489 6.3.1). */
  unknown: number[]
}

/** Whether a datagram is STUN: two zero bits, the cookie, and a length that fits (RFC 8489 5, RFC 5626 8). */
export function isStun(bytes: Uint8Array): boolean {
  if (bytes.length < headerLength || (bytes[0] as number) > 3) return false
  const view = viewOf(bytes)
  return (
    view.getUint32(4) === magicCookie && view.getUint16(2) === bytes.length - headerLength && bytes.length % 4 === 0
  )
}

/** Reads what {@link isStun} accepted; `undefined` when its attributes do not fit together. */
export function parseStun(bytes: Uint8Array): StunMessage | undefined {
  const view = viewOf(bytes)
  const kinds: Record<number, StunMessage['kind']> = {
    [bindingRequest]: 'request',
    [bindingSuccess]: 'success',
    [bindingError]: 'error',
  }
  const message: StunMessage = {
    kind: kinds[view.getUint16(0)] ?? 'other',
    transaction: transactionOf(bytes),
    unknown: [],
  }
  for (let at = headerLength; at < bytes.length;) {
    if (at + 4 > bytes.length) return undefined
    const type = view.getUint16(at)
    const length = view.getUint16(at + 2)
    if (at + 4 + length > bytes.length) return undefined
    const value = bytes.subarray(at + 4, at + 4 + length)
    if (type === xorMappedAddress) Object.assign(message, { mapped: addressIn(value, bytes) })
    else if (type < 0x8000 && type !== errorCode && type !== unknownAttributes) message.unknown.push(type)
    at += 4 + padded(length)
  }
  return message
}

/** Asks a peer how it sees us. */
export function stunRequest(transaction: Uint8Array): Uint8Array {
  return frame(bindingRequest, transaction, [])
}

/** The answer to a Binding request: the address it came from, or that we do not understand all of it. */
export function stunAnswer(request: Uint8Array, question: StunMessage, host: string, port: number): Uint8Array {
  const transaction = request.subarray(8, headerLength)
  if (question.unknown.length === 0) {
    return frame(bindingSuccess, transaction, [[xorMappedAddress, xorAddress(host, port, request)]])
  }
  const listed = new Uint8Array(2 * question.unknown.length)
  question.unknown.forEach((type, index) => viewOf(listed).setUint16(2 * index, type))
  return frame(bindingError, transaction, [
    [errorCode, Uint8Array.of(0, 0, 4, 20)],
    [unknownAttributes, listed],
  ])
}

function frame(type: number, transaction: Uint8Array, attributes: [type: number, value: Uint8Array][]): Uint8Array {
  const all: [number, Uint8Array][] = [...attributes, [software, new TextEncoder().encode('netsip')]]
  // A request carries nothing, so that it is as short as can be.
  const written = type === bindingRequest ? [] : all
  const size = written.reduce((sum, [, value]) => sum + 4 + padded(value.length), 0)
  const bytes = new Uint8Array(headerLength + size)
  const view = viewOf(bytes)
  view.setUint16(0, type)
  view.setUint16(2, size)
  view.setUint32(4, magicCookie)
  bytes.set(transaction, 8)
  let at = headerLength
  for (const [kind, value] of written) {
    view.setUint16(at, kind)
    view.setUint16(at + 2, value.length)
    bytes.set(value, at + 4)
    at += 4 + padded(value.length)
  }
  return bytes
}

/** Attributes begin at multiples of four bytes (RFC 8489 14). */
function padded(length: number): number {
  return length + ((4 - (length % 4)) % 4)
}

/** RFC 8489 14.2: hidden from NATs that rewrite addresses wherever they see them. */
function xorAddress(host: string, port: number, message: Uint8Array): Uint8Array {
  const address = parseIp(host) ?? new Uint8Array(4)
  const value = new Uint8Array(4 + address.length)
  value[1] = address.length === 4 ? 1 : 2
  viewOf(value).setUint16(2, port ^ (magicCookie >>> 16))
  address.forEach((octet, index) => (value[4 + index] = octet ^ (message[4 + index] as number)))
  return value
}

function addressIn(value: Uint8Array, message: Uint8Array): { host: string; port: number } | undefined {
  const length = value[1] === 1 ? 4 : 16
  if (value.length !== 4 + length) return undefined
  const octets = value.subarray(4).map((octet, index) => octet ^ (message[4 + index] as number))
  const text = length === 4 ? octets.join('.') : ipv6Text(octets)
  return { host: canonicalHost(text), port: viewOf(value).getUint16(2) ^ (magicCookie >>> 16) }
}

function ipv6Text(octets: Uint8Array): string {
  const view = viewOf(octets)
  return Array.from({ length: 8 }, (_, group) => view.getUint16(2 * group).toString(16)).join(':')
}

function transactionOf(bytes: Uint8Array): string {
  return Array.from(bytes.subarray(8, headerLength), (octet) => octet.toString(16).padStart(2, '0')).join('')
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
