// Asks a server OPTIONS over and over from a process of its own: a closed loop with a fixed number of open questions.
import { createSocket } from 'node:dgram'

const [port, seconds, window] = process.argv.slice(2).map(Number) as [number, number, number]
const socket = createSocket({ type: 'udp4', lookup: (address, _options, callback) => callback(null, address, 4) })
const run = process.pid.toString(36)
const rest = new Int32Array(new SharedArrayBuffer(4))
let asked = 0
let answered = 0
let answeredBefore = 0
let last = Date.now()

function ask(): void {
  const id = `${run}${(asked++).toString(36)}`
  const text =
    `OPTIONS sip:bob@127.0.0.1:${port} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:${socket.address().port};rport;branch=z9hG4bK${id}\r\n` +
    `Max-Forwards: 70\r\nFrom: "Alice" <sip:alice@127.0.0.1>;tag=${id}\r\nTo: <sip:bob@127.0.0.1>\r\n` +
    `Call-ID: ${id}@127.0.0.1\r\nCSeq: 1 OPTIONS\r\nUser-Agent: load\r\nContent-Length: 0\r\n\r\n`
  socket.send(Buffer.from(text), port, '127.0.0.1')
}

socket.on('message', () => {
  answered++
  last = Date.now()
  ask()
})
/**
 * Waits for a millisecond whenever there is nothing to read, and not for the socket: a process that sleeps in a poll is woken by
 * each datagram, at the cost of whoever sent it, and that would be measured as the server's.
 */
function pace(): void {
  if (answered === answeredBefore) Atomics.wait(rest, 0, 0, 1)
  answeredBefore = answered
  setImmediate(pace)
}

// What the system has dropped is replaced, or the loop would come to a halt.
setInterval(() => {
  if (Date.now() - last > 200) for (let i = 0; i < window; i++) ask()
}, 100)
socket.bind(0, '127.0.0.1', () => {
  for (let i = 0; i < window; i++) ask()
  pace()
  setTimeout(() => {
    process.send?.(answered, () => process.exit(0))
  }, seconds * 1000)
})
