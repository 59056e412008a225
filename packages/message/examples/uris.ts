import { parseUri, requestFromUri, SipUri } from '@netsip/message'

// RFC 3261 19.1.4: hosts and parameters without regard to case, users with it, defaults are no equals
console.log(parseUri('sip:%61lice@atlanta.com;transport=TCP').equals(parseUri('sip:alice@AtLanTa.CoM;Transport=tcp')))
console.log(parseUri('sip:bob@biloxi.com').equals(parseUri('sip:bob@biloxi.com:5060')))

const uri = new SipUri({ user: 'bob smith', host: '2001:db8::1', port: 5070, params: { transport: 'tcp' } })
console.log(String(uri), uri.user)

// A link that a person clicked on: what would be dangerous in it is left out.
const request = requestFromUri(SipUri.parse('sip:bob@biloxi.com;method=MESSAGE?Subject=lunch&Route=%3Csip:evil%3E'))
console.log(request.inspect())
