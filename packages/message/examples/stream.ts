import { StreamParser } from '@netsip/message'

const parser = new StreamParser({ maxBody: 64 * 1024 })
const chunks = [
  '\r\n\r\nOPTIONS sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\n',
  'To: <sip:b@h>\r\nCall-ID: c1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\nOPTIONS sip:carol@example.com SIP/2.0\r\n',
  'Via: SIP/2.0/TCP h;branch=z9hG4bK2\r\nContent-Length: minus one\r\n\r\n',
]

for (const chunk of chunks) {
  for (const event of parser.push(new TextEncoder().encode(chunk))) {
    if (event.type === 'message') console.log('message', event.message.callId)
    else if (event.type === 'error') {
      // Framing is lost: send the answer, if there is one to send, and close the connection.
      console.log('error', event.error.status, event.error.message)
      console.log(event.error.request?.createResponse(event.error.status).toString().split('\r\n')[0])
    } else console.log(event.type)
  }
}
