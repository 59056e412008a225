import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import { done } from './measured.ts'
import { SDP } from './sdp.ts'

const COPIED = ['Via', 'From', 'To', 'Call-ID', 'CSeq'] as const

/** Answers calls with what can be had without reading them: the measure of what the sockets and the kernel take. */
export async function answerBare(): Promise<number> {
  // As the UDP leg does: without a lookup for each datagram.
  const socket = createSocket({ type: 'udp4', lookup: (address, _options, found) => found(null, address, 4) })
  const answer = (request: string, from: RemoteInfo, start: string, end: string, toTag = ''): void => {
    const copied = COPIED.map((name) => lineOf(request, name) + (name === 'To' ? toTag : ''))
    const bytes = Buffer.from([`SIP/2.0 ${start}`, ...copied, end].join('\r\n'), 'latin1')
    socket.send(bytes, 0, bytes.length, from.port, from.address)
  }
  socket.on('message', (bytes, from) => {
    const request = bytes.toString('latin1')
    if (request.startsWith('INVITE')) {
      const contact = `Contact: <sip:127.0.0.1:${socket.address().port}>`
      answer(request, from, '180 Ringing', `${contact}\r\nContent-Length: 0\r\n\r\n`, ';tag=bare')
      const type = `Content-Type: application/sdp\r\nContent-Length: ${SDP.length}`
      answer(request, from, '200 OK', `${contact}\r\n${type}\r\n\r\n${SDP}`, ';tag=bare')
    } else if (request.startsWith('BYE')) {
      done.calls++
      answer(request, from, '200 OK', 'Content-Length: 0\r\n\r\n')
    }
  })
  // With a lookup that answers at once it listens before `bind` has returned.
  const listening = once(socket, 'listening')
  socket.bind(0, '127.0.0.1')
  await listening
  return socket.address().port
}

function lineOf(message: string, name: string): string {
  const start = message.indexOf(`\r\n${name}:`) + 2
  return message.slice(start, message.indexOf('\r\n', start))
}
