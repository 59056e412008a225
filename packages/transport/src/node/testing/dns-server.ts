import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { AUTHORITATIVE_ANSWER, decode, encode, type Answer, type Packet } from 'dns-packet'

/** What a name is answered with; a number is an error code (2 SERVFAIL, 3 NXDOMAIN), `'silence'` nothing at all. */
export type Zone = Record<string, Answer[] | number | 'silence' | 'nonsense'>

/** A name server on loopback. Names that the zone does not have do not exist. */
export class DnsServer {
  readonly #socket: Socket
  readonly zone: Zone
  /** What was asked, such as `SRV _sip._udp.example.com`. */
  readonly questions: string[] = []

  static async start(zone: Zone): Promise<DnsServer> {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    return new DnsServer(socket, zone)
  }

  private constructor(socket: Socket, zone: Zone) {
    this.#socket = socket
    this.zone = zone
    socket.on('message', (bytes, from) => this.#answer(bytes, from))
  }

  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`
  }

  close(): void {
    this.#socket.close()
  }

  #answer(bytes: Buffer, from: RemoteInfo): void {
    const query = decode(bytes)
    const question = query.questions?.[0]
    if (!question) return
    this.questions.push(`${question.type} ${question.name}`)
    const found = this.zone[question.name.toLowerCase()] ?? 3
    if (found === 'silence') return
    if (found === 'nonsense') return this.#socket.send(bytes.subarray(0, 12).fill(0xff, 2), from.port, from.address)
    const reply: Packet = {
      type: 'response',
      id: query.id ?? 0,
      flags: AUTHORITATIVE_ANSWER | (typeof found === 'number' ? found : 0),
      questions: [question],
      answers: Array.isArray(found) ? answersTo(found, question.type) : [],
    }
    this.#socket.send(encode(reply), from.port, from.address)
  }
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
