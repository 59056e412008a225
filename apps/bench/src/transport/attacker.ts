// Attacks a server of faults.ts from a process of its own, so that the limit on files is its own. Arguments: what to do, port.
import { createSocket } from 'node:dgram'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { answerParent } from './child.ts'

/** How much has been thrown at the server, and of connections how many it keeps. */
export interface AttackReport {
  readonly offered: number
  readonly open: number
}

const [attack, port] = [process.argv[2] ?? '', Number(process.argv[3])]
const open = new Set<Socket>()
let offered = 0

/** 127.0.0.2 and the next ones: no single address gets to the bound of all by itself. */
function sourceOf(number: number): string {
  return `127.0.0.${2 + (number % 20)}`
}

/** As many connections as this process may have files, 20,000 at most. */
function mostConnections(): number {
  const { userLimits } = process.report.getReport() as { userLimits?: { open_files?: { hard?: number | string } } }
  const hard = Number(userLimits?.open_files?.hard ?? 1024)
  return Math.min(Number.isNaN(hard) ? 20_000 : hard, 20_000) - 100
}

/** Opens connections, at most 200 at a time, and says the same on each of them. */
async function connections(count: number, opened: (socket: Socket) => void): Promise<void> {
  const opening = new Set<Socket>()
  for (; offered < count; offered++) {
    while (opening.size >= 200) await pause(1)
    const socket = connect({ host: '127.0.0.1', port, localAddress: sourceOf(offered) })
    opening.add(socket)
    socket.once('connect', () => {
      opening.delete(socket)
      open.add(socket)
      opened(socket)
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      opening.delete(socket)
      open.delete(socket)
    })
  }
}

/** The beginning of a ClientHello of 512 bytes, of which no more will come. */
const halfHello = Buffer.concat([
  Buffer.from('160301020001 0001fc0303'.replaceAll(' ', ''), 'hex'),
  Buffer.alloc(100, 7),
])

function request(method: string, id: string, address: string, from: number): string {
  return (
    `${method} sip:service@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP ${address}:${from};rport;branch=z9hG4bK${id}\r\nMax-Forwards: 70\r\n` +
    `From: <sip:flood@${address}>;tag=${id}\r\nTo: <sip:service@127.0.0.1>\r\nCall-ID: ${id}@${address}\r\nCSeq: 1 ${method}\r\n` +
    `Contact: <sip:flood@${address}:${from}>\r\nContent-Length: 0\r\n\r\n`
  )
}

/** Asks on and on, and reads nothing of what is answered. */
function askOnly(socket: Socket): void {
  socket.pause()
  const more = (): void => {
    let text = ''
    for (let i = 0; i < 50; i++, offered++) text += request('OPTIONS', `deaf${offered}`, '127.0.0.2', 9)
    if (socket.write(text)) setImmediate(more)
    else socket.once('drain', more)
  }
  more()
}

/** So many datagrams a second, until the process ends. */
async function datagrams(perSecond: number, make: (number: number, from: number) => Uint8Array): Promise<void> {
  const socket = createSocket({ type: 'udp4', lookup: (address, _options, done) => done(null, address, 4) })
  await new Promise<void>((resolve) => socket.bind(0, sourceOf(0), resolve))
  const from = socket.address().port
  const start = performance.now()
  socket.on('message', () => {})
  for (;;) {
    const due = ((performance.now() - start) * perSecond) / 1000
    for (; offered < due; offered++) socket.send(make(offered, from), port, '127.0.0.1')
    await pause(2)
  }
}

const noise = Buffer.alloc(60_000, 'INVITE \u0000\u0001 sip:\r\n\r\n', 'latin1')

/** Noise, requests that stop in their middle, and requests whose headers say nothing that holds. */
function garbage(number: number, from: number): Uint8Array {
  const whole = request('OPTIONS', `garbage${number}`, sourceOf(0), from)
  switch (number % 4) {
    case 0:
      return noise.subarray(number % 5000, (number % 5000) + 40 + (number % 1200))
    case 1:
      return Buffer.from(whole.slice(0, 20 + (number % 300)))
    case 2:
      return Buffer.from(whole.replace('Content-Length: 0', 'Content-Length: 99999'))
    default:
      return number % 400 === 3 ? noise : Buffer.from(whole.replace('CSeq: 1', `CSeq: ${'9'.repeat(number % 99)}`))
  }
}

const attacks: Record<string, () => Promise<void>> = {
  silent: () => connections(mostConnections(), () => {}),
  handshakes: () => connections(mostConnections(), (socket) => socket.write(halfHello)),
  deaf: async () => {
    await connections(100, askOnly)
  },
  garbage: () => datagrams(10_000, garbage),
  invites: () => datagrams(1000, (number, from) => Buffer.from(request('INVITE', `flood${number}`, sourceOf(0), from))),
}

const running = attacks[attack]?.()
// Those that come to an end are waited for: then everything is open that ever will be.
if (attack === 'silent' || attack === 'handshakes' || attack === 'deaf') await running
answerParent('ready', (): AttackReport => ({ offered, open: open.size }))
