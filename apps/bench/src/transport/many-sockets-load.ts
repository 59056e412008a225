// Asks a server OPTIONS over and over from several sockets of one process. Arguments: udp or tcp, port, sockets, open questions
// of each. Says how many were answered and what that took of CPU whenever it is asked.
import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import { answerParent } from './child.ts'

/** What the load has done. */
export interface LoadReport {
  readonly answered: number
  readonly cpuMicros: number
}

const [, , protocol, portText, sockets, window] = process.argv as [
  string,
  string,
  'udp' | 'tcp',
  string,
  string,
  string,
]
const port = Number(portText)
const run = process.pid.toString(36)
let asked = 0
let answered = 0

function options(from: number): Buffer {
  const id = `${run}${(asked++).toString(36)}`
  return Buffer.from(
    `OPTIONS sip:bob@127.0.0.1:${port} SIP/2.0\r\nVia: SIP/2.0/${protocol.toUpperCase()} 127.0.0.1:${from};rport;branch=z9hG4bK${id}\r\n` +
      `Max-Forwards: 70\r\nFrom: "Alice" <sip:alice@127.0.0.1>;tag=${id}\r\nTo: <sip:bob@127.0.0.1>\r\n` +
      `Call-ID: ${id}@127.0.0.1\r\nCSeq: 1 OPTIONS\r\nUser-Agent: load\r\nContent-Length: 0\r\n\r\n`,
  )
}

function overUdp(): void {
  const socket = createSocket({ type: 'udp4', lookup: (address, _options, done) => done(null, address, 4) })
  let last = 0
  const ask = (): void => socket.send(options(socket.address().port), port, '127.0.0.1')
  const fill = (): void => {
    for (let i = 0; i < Number(window); i++) ask()
  }
  socket.on('message', () => {
    answered++
    last = answered
    ask()
  })
  // What the system has dropped is replaced, or the loop would come to a halt.
  let before = -1
  setInterval(() => {
    if (last === before) fill()
    before = last
  }, 300)
  socket.bind(0, '127.0.0.1', fill)
}

function overTcp(): void {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  const from = 40_000
  const ask = (count: number): void =>
    void socket.write(Buffer.concat(Array.from({ length: count }, () => options(from))))
  let tail = ''
  socket.on('data', (chunk: Buffer) => {
    // The answers have no body: each ends with its first empty line.
    const text = tail + chunk.toString('latin1')
    let count = 0
    let end = 0
    for (let at = text.indexOf('\r\n\r\n'); at !== -1; at = text.indexOf('\r\n\r\n', end)) {
      count++
      end = at + 4
    }
    tail = text.slice(end)
    answered += count
    if (count > 0) ask(count)
  })
  socket.on('connect', () => ask(Number(window)))
}

for (let i = 0; i < Number(sockets); i++) (protocol === 'udp' ? overUdp : overTcp)()
answerParent('started', (): LoadReport => {
  const { user, system } = process.cpuUsage()
  return { answered, cpuMicros: user + system }
})
