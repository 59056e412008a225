import { HistoryInfo, parseMessage, SessionExpires, Via } from '@netsip/message'

const text = `INVITE sip:bob@biloxi.example.com SIP/2.0
v: SIP/2.0/UDP pc33.atlanta.example.com;branch=z9hG4bK776asdhds
f: <sip:alice@atlanta.example.com>;tag=1928301774
t: <sip:bob@biloxi.example.com>
i: a84b4c76e66710
CSeq: 314159 INVITE
Max-Forwards: 70
x: 1800;refresher=uac
X-Odd:   left   as it came

`
const message = parseMessage(text.replaceAll('\n', '\r\n'))

// What a proxy does: one line more, one changed, all others as they were.
message.pushVia(new Via({ protocol: 'UDP', host: '192.0.2.1', params: { branch: 'z9hG4bKp1', rport: null } }))
message.maxForwards = (message.maxForwards ?? 70) - 1

// Headers beside the everyday ones are read and written by their descriptor.
const timer = message.read(SessionExpires)
if (timer) message.write(SessionExpires, { ...timer, seconds: timer.seconds / 2 })
console.log(message.read(HistoryInfo).length)

console.log(message.toString().trim().replaceAll('\r', ''))
