import { authorize } from '@netsip/auth'
import { parseMessage, type SipRequest, type SipResponse } from '@netsip/message'

const request = parseMessage(`REGISTER sip:biloxi.com SIP/2.0
Via: SIP/2.0/UDP 192.0.2.4;branch=z9hG4bKnashds8
From: <sip:bob@biloxi.com>;tag=456248
To: <sip:bob@biloxi.com>
Call-ID: 843817637684230@998sdasdh09
CSeq: 1826 REGISTER
Content-Length: 0

`) as SipRequest

const response = parseMessage(`SIP/2.0 401 Unauthorized
Via: SIP/2.0/UDP 192.0.2.4;branch=z9hG4bKnashds8
From: <sip:bob@biloxi.com>;tag=456248
To: <sip:bob@biloxi.com>;tag=1410948204
Call-ID: 843817637684230@998sdasdh09
CSeq: 1826 REGISTER
WWW-Authenticate: Digest realm="biloxi.com", nonce="dcd98b7102dd2f0e", algorithm=MD5
Content-Length: 0

`) as SipResponse

console.log(authorize(request, response, ['bob', 'zanzibar']))
console.log(request.headers.get('Authorization'))
