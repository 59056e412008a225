import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket as TcpSocket } from 'node:net'
import {
  AUTHORITATIVE_ANSWER,
  decode,
  encode,
  TRUNCATED_RESPONSE,
  type Answer,
  type DecodedPacket,
  type Packet,
} from 'dns-packet'

/**
 * What a name is answered with; a number is an error code (2 SERVFAIL, 3 NXDOMAIN), `'silence'` nothing at all, `'loop'` a name
 * that is compressed to itself (RFC 1035 4.1.4).
 */
export type Zone = Record<string, Answer[] | number | 'silence' | 'nonsense' | 'loop'>

/** What a datagram holds; of longer answers UDP tells only that they are. */
const longestDatagram = 1232

/** A name server on loopback, UDP and TCP. Names that the zone does not have do not exist. */
export class DnsServer {
  readonly #socket: Socket
  readonly #server: Server
  readonly zone: Zone
  /** What was asked, such as `SRV _sip._udp.example.com`. */
  readonly questions: string[] = []

  /** Answers that were too long for UDP and fetched by TCP. */
  overTcp = 0

  static async start(zone: Zone): Promise<DnsServer> {
    // TCP chooses: of its ports many are kept by connections that are over, and few of those of UDP are taken.
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const socket = createSocket('udp4')
    socket.bind((server.address() as AddressInfo).port, '127.0.0.1')
    await once(socket, 'listening')
    return new DnsServer(socket, server, zone)
  }

  private constructor(socket: Socket, server: Server, zone: Zone) {
    this.#socket = socket
    this.#server = server
    this.zone = zone
    socket.on('message', (bytes, from) => this.#byUdp(bytes, from))
    server.on('connection', (connection) => this.#byTcp(connection))
  }

  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`
  }

  close(): void {
    this.#socket.close()
    this.#server.close()
  }

  #byUdp(bytes: Buffer, from: RemoteInfo): void {
    const answer = this.#answer(bytes)
    if (!answer) return
    this.#socket.send(answer.length > longestDatagram ? truncated(bytes) : answer, from.port, from.address)
  }

  #byTcp(connection: TcpSocket): void {
    connection.on('error', () => {})
    connection.on('data', (chunk) => {
      const answer = this.#answer(chunk.subarray(2))
      if (!answer) return
      this.overTcp++
      connection.write(Buffer.concat([Buffer.of(answer.length >> 8, answer.length & 255), answer]))
    })
  }

  #answer(bytes: Buffer): Buffer | undefined {
    const query = decode(bytes)
    const question = query.questions?.[0]
    if (!question) return undefined
    this.questions.push(`${question.type} ${question.name}`)
    const found = this.zone[question.name.toLowerCase()] ?? 3
    if (found === 'silence') return undefined
    if (found === 'nonsense') return bytes.subarray(0, 12).fill(0xff, 2)
    if (found === 'loop') return pointerLoop(bytes)
    return encode(
      reply(query, Array.isArray(found) ? answersTo(found, question.type) : [], typeof found === 'number' ? found : 0),
    )
  }
}

function reply(query: DecodedPacket, answers: Answer[], flags: number): Packet {
  const { id = 0, questions = [] } = query
  return { type: 'response', id, flags: AUTHORITATIVE_ANSWER | flags, questions, answers }
}

function truncated(bytes: Buffer): Buffer {
  return encode(reply(decode(bytes), [], TRUNCATED_RESPONSE))
}

/** The question, and one answer whose name is a pointer to that pointer. */
function pointerLoop(bytes: Buffer): Buffer {
  const head = encode(reply(decode(bytes), [], 0))
  head.writeUInt16BE(1, 6)
  const at = head.length
  const record = Buffer.of(0xc0 | (at >> 8), at & 255, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1)
  return Buffer.concat([head, record])
}

function answersTo(records: Answer[], type: string): Answer[] {
  return records.filter((record) => record.type === type || record.type === 'CNAME')
}

export function a(name: string, data: string, ttl = 300): Answer {
  return { type: 'A', name, data, ttl }
}

export function aaaa(name: string, data: string, ttl = 300): Answer {
  return { type: 'AAAA', name, data, ttl }
}

export function srv(name: string, target: string, port: number, priority = 0, weight = 0): Answer {
  return { type: 'SRV', name, ttl: 300, data: { target, port, priority, weight } }
}

export function naptr(
  name: string,
  service: string,
  replacement: string,
  order = 10,
  preference = 10,
  flags = 's',
  regexp = '',
): Answer {
  return {
    type: 'NAPTR',
    name,
    ttl: 300,
    data: { order, preference, flags, services: service, regexp, replacement },
  }
}
