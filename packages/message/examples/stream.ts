import { StreamParser } from '@netsip/message'

const parser = new StreamParser({ maxBody: 64 * 1024 })
const request = (...lines: string[]): string =>
  ['OPTIONS sip:bob@example.com SIP/2.0', 'Via: SIP/2.0/TCP h;branch=z9hG4bK1', ...lines, '', ''].join('\r\n')
const stream = [
  '\r\n\r\n',
  request('From: <sip:a@h>;tag=1', 'To: <sip:b@h>', 'Call-ID: c1', 'CSeq: 1 OPTIONS', 'Content-Length: 0'),
  request('this is no header line', 'Content-Length: 0'),
  request('Content-Length: minus one'),
].join('')

for (let at = 0; at < stream.length; at += 50) {
  for (const event of parser.push(new TextEncoder().encode(stream.slice(at, at + 50)))) {
    if (event.type === 'message') console.log('message', event.message.callId)
    else if (event.type === 'ping') console.log('ping: answer it with CRLF')
    else if (event.type !== 'pong') {
      // The answer, if there is one to send. After a 'malformed' the stream goes on; after an 'error' close the connection.
      const { status, message, request } = event.error
      console.log(`${event.type}: ${message}`)
      console.log(request?.createResponse(status).toString().split('\r\n')[0])
    }
  }
}
