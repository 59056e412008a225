import { closeSync, openSync, writeSync } from 'node:fs'
import { isIPv6 } from 'node:net'
import type { TraceEvent } from '@netsip/runtime'
import { ownAddress } from '../own-address.ts'

const linkTypeRaw = 101
const protocolNumber = { tcp: 6, udp: 17 } as const

interface End {
  address: Buffer
  port: number
}

/** What 'host:port' or '[v6]:port' says. */
function parts(text: string): [host: string, port: number] {
  const colon = text.lastIndexOf(':')
  return [text.slice(0, colon).replace(/^\[|\]$/g, ''), Number(text.slice(colon + 1)) || 0]
}

function end(host: string, port: number): End {
  return { address: isIPv6(host) ? ipv6(host) : ipv4(host), port }
}

/** Both ends of a message. A wildcard socket, which may be named in the other family, is the address that the peer sees. */
function endsOf(event: TraceEvent): [local: End, remote: End] {
  const [host, port] = parts(event.local)
  const peer = parts(event.remote)
  const remote = end(...peer)
  const any = remote.address.length === 16 ? '::' : '0.0.0.0'
  const local = end(/^[0.:]+$/.test(host) ? ownAddress(any, peer[0]) : host, port)
  if (local.address.length !== remote.address.length) local.address = Buffer.alloc(remote.address.length)
  return [local, remote]
}

function ipv4(host: string): Buffer {
  const parts = host.split('.').map(Number)
  return parts.length === 4 && parts.every((part) => part >= 0 && part <= 255) ? Buffer.from(parts) : Buffer.alloc(4)
}

function groups(text: string): number[] {
  return text ? text.split(':').map((group) => Number.parseInt(group, 16)) : []
}

function ipv6(host: string): Buffer {
  const [head = '', tail] = withoutDottedTail(host.split('%')[0] ?? '').split('::')
  const left = groups(head)
  const right = groups(tail ?? '')
  const all = [...left, ...Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => 0), ...right]
  const bytes = Buffer.alloc(16)
  all.slice(0, 8).forEach((group, index) => bytes.writeUInt16BE(group & 0xffff, index * 2))
  return bytes
}

function group(high: string, low: string): string {
  return (Number(high) * 256 + Number(low)).toString(16)
}

/** ::ffff:192.0.2.1 -> ::ffff:c000:201 */
function withoutDottedTail(host: string): string {
  return host.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a: string, b: string, c: string, d: string) => {
    return `${group(a, b)}:${group(c, d)}`
  })
}

function checksum(...parts: Buffer[]): number {
  let sum = 0
  for (const part of parts) {
    for (let at = 0; at < part.length; at += 2) sum += (part[at]! << 8) + (part[at + 1] ?? 0)
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}

function ipHeader(from: End, to: End, protocol: number, length: number): Buffer {
  if (from.address.length === 16) {
    const header = Buffer.alloc(40)
    header.writeUInt8(0x60, 0)
    header.writeUInt16BE(length, 4)
    header.set([protocol, 64], 6)
    header.set(from.address, 8)
    header.set(to.address, 24)
    return header
  }
  const header = Buffer.alloc(20)
  header.set([0x45, 0], 0)
  header.writeUInt16BE(20 + length, 2)
  header.set([0x40, 0, 64, protocol], 6)
  header.set(from.address, 12)
  header.set(to.address, 16)
  header.writeUInt16BE(checksum(header), 10)
  return header
}

function pseudoHeader(from: End, to: End, protocol: number, length: number): Buffer {
  const tail = Buffer.alloc(8)
  tail.writeUInt32BE(length, 0)
  tail.writeUInt8(protocol, 7)
  return Buffer.concat([from.address, to.address, tail])
}

/**
 * Writes SIP messages as a capture that tshark and Wireshark open. The sockets belong to the operating system, so the
 * IP, UDP and TCP headers are made here around each message; a TCP flow counts its bytes, so that streams follow.
 */
export class PcapFile {
  readonly #file: number
  readonly #sent = new Map<string, number>()
  readonly #maxFlows = 4096

  /** Creates the file; throws what the file system says when it cannot. */
  constructor(path: string) {
    this.#file = openSync(path, 'w')
    const header = Buffer.alloc(24)
    header.writeUInt32LE(0xa1b2c3d4, 0)
    header.writeUInt16LE(2, 4)
    header.writeUInt16LE(4, 6)
    header.writeUInt32LE(262_144, 16)
    header.writeUInt32LE(linkTypeRaw, 20)
    writeSync(this.#file, header)
  }

  write(event: TraceEvent, payload: Uint8Array = event.bytes): void {
    const [local, remote] = endsOf(event)
    const [from, to] = event.direction === 'out' ? [local, remote] : [remote, local]
    const reliable = event.protocol.toLowerCase() !== 'udp'
    // One IP packet carries 64 KiB at most: a longer TCP message goes out in several.
    const most = 60_000
    for (let at = 0; at === 0 || at < payload.length; at += most) {
      const piece = Buffer.from(payload.subarray(at, at + most))
      this.#record(event.time, reliable ? this.#tcp(from, to, piece) : udp(from, to, piece))
    }
  }

  close(): void {
    closeSync(this.#file)
  }

  #tcp(from: End, to: End, payload: Buffer): Buffer {
    const flow = (a: End, b: End): string =>
      `${a.address.toString('hex')}:${a.port}>${b.address.toString('hex')}:${b.port}`
    const [forth, back] = [flow(from, to), flow(to, from)]
    if (this.#sent.size > this.#maxFlows) this.#sent.clear()
    const sequence = this.#sent.get(forth) ?? 1
    this.#sent.set(forth, (sequence + payload.length) >>> 0)
    const header = Buffer.alloc(20)
    header.writeUInt16BE(from.port, 0)
    header.writeUInt16BE(to.port, 2)
    header.writeUInt32BE(sequence, 4)
    header.writeUInt32BE(this.#sent.get(back) ?? 1, 8)
    header.set([0x50, 0x18, 0xff, 0xff], 12)
    const length = header.length + payload.length
    header.writeUInt16BE(checksum(pseudoHeader(from, to, protocolNumber.tcp, length), header, payload), 16)
    return Buffer.concat([ipHeader(from, to, protocolNumber.tcp, length), header, payload])
  }

  #record(time: number, packet: Buffer): void {
    const header = Buffer.alloc(16)
    header.writeUInt32LE(Math.floor(time / 1000), 0)
    header.writeUInt32LE(Math.floor((time % 1000) * 1000), 4)
    header.writeUInt32LE(packet.length, 8)
    header.writeUInt32LE(packet.length, 12)
    writeSync(this.#file, Buffer.concat([header, packet]))
  }
}

function udp(from: End, to: End, payload: Buffer): Buffer {
  const header = Buffer.alloc(8)
  const length = header.length + payload.length
  header.writeUInt16BE(from.port, 0)
  header.writeUInt16BE(to.port, 2)
  header.writeUInt16BE(length, 4)
  header.writeUInt16BE(checksum(pseudoHeader(from, to, protocolNumber.udp, length), header, payload) || 0xffff, 6)
  return Buffer.concat([ipHeader(from, to, protocolNumber.udp, length), header, payload])
}
