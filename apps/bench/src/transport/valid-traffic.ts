import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { setTimeout as pause } from 'node:timers/promises'
import type { FaultServerPorts } from './fault-server.ts'

/** What became of honest requests beside an attack. */
export interface Served {
  readonly asked: number
  readonly answered: number
  readonly worstMs: number
}

const PATIENCE = 4000
let serial = 0

/** Asks OPTIONS by UDP, by a new TCP connection and by a new TLS connection, ten times a second each, until stopped. */
export function askOnAndOn(ports: FaultServerPorts): () => Promise<Served> {
  const asking: Promise<number | undefined>[] = []
  const running = { on: true }
  const loop = (async () => {
    while (running.on) {
      asking.push(timed(byUdp(ports.udp)), timed(byStream(connect({ host: '127.0.0.1', port: ports.tcp }), 'TCP')))
      const options = { host: '127.0.0.1', port: ports.tls, rejectUnauthorized: false }
      asking.push(timed(byStream(connectTls(options), 'TLS')))
      await pause(100)
    }
  })()
  return async () => {
    running.on = false
    await loop
    const times = await Promise.all(asking)
    const answered = times.filter((time) => time !== undefined)
    return { asked: times.length, answered: answered.length, worstMs: Math.max(0, ...answered) }
  }
}

async function timed(work: Promise<boolean>): Promise<number | undefined> {
  const start = performance.now()
  return (await work) ? performance.now() - start : undefined
}

function options(protocol: string, port: number): string {
  const id = `valid${++serial}`
  return (
    `OPTIONS sip:service@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/${protocol} 127.0.0.1:${port};rport;branch=z9hG4bK${id}\r\n` +
    `Max-Forwards: 70\r\nFrom: <sip:a@127.0.0.1>;tag=${id}\r\nTo: <sip:service@127.0.0.1>\r\nCall-ID: ${id}@127.0.0.1\r\n` +
    `CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n`
  )
}

/** Sent again as RFC 3261 17.1.2.2 says: a datagram may be lost. */
async function byUdp(port: number): Promise<boolean> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  try {
    await once(socket, 'listening')
    const text = options('UDP', socket.address().port)
    const answer = once(socket, 'message').then(() => true)
    for (let wait = 500; wait < PATIENCE; wait *= 2) {
      socket.send(text, port, '127.0.0.1')
      if (await Promise.race([answer, pause(wait, false)])) return true
    }
    return false
  } finally {
    socket.close()
  }
}

async function byStream(socket: Socket, protocol: string): Promise<boolean> {
  try {
    // What is written before the connection is there waits for it.
    socket.write(options(protocol, 9))
    const answer = once(socket, 'data').then(([data]) => String(data).startsWith('SIP/2.0 200'))
    return await Promise.race([answer, once(socket, 'close').then(() => false), pause(PATIENCE, false)])
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
