import { parseMessage } from '@netsip/message'

const message = parseMessage(
  [
    'INVITE sip:bob@biloxi.example.com SIP/2.0',
    'Via: SIP/2.0/UDP pc33.atlanta.example.com;branch=z9hG4bK776asdhds',
    'To: Bob <sip:bob@biloxi.example.com>',
    'From: "Alice" <sip:alice@atlanta.example.com>;tag=1928301774',
    'Call-ID: a84b4c76e66710@pc33.atlanta.example.com',
    'CSeq: 314159 INVITE',
    'Contact: <sip:alice@pc33.atlanta.example.com>',
    '',
    '',
  ].join('\r\n'),
)

if (message.type === 'request') {
  console.log(message.method, String(message.uri))
  console.log(message.from.displayName, message.from.tag, message.via?.branch)

  // Typed values are immutable: change one and write it back. All other lines stay as they came.
  message.to = message.to.with({ displayName: 'Bob B.' })
  console.log(message.headers.get('to'))

  console.log(message.createResponse(486, { toTag: 'a6c85cf' }).toString().split('\r\n')[0])
}
