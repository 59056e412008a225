import { parseMessage, SipParseError, validate } from '@netsip/message'

const text = `OPTIONS sip:bob@example.com SIP/2.0
Via: SIP/2.0/UDP h;branch=z9hG4bK1
From: <sip:a@h>;tag=1
To: "unclosed <sip:b@h>
Call-ID: c1
CSeq: 1 INVITE

`

for (const { header, section, status, message } of validate(parseMessage(text))) {
  console.log(`${header}: ${message} (RFC 3261 ${section}) -> ${status}`)
}

try {
  parseMessage(text, { strict: true })
} catch (error) {
  if (!(error instanceof SipParseError)) throw error
  console.log(error.status, error.header, error.request?.createResponse(error.status).reason)
}
