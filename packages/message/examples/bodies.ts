import { BodyPart, bodyParts, findPart, SipRequest, writeMultipart } from '@netsip/message'

const request = new SipRequest({ method: 'MESSAGE', uri: 'sip:bob@biloxi.example.com', body: 'one text' })
request.contentType = 'text/plain'

// Several bodies in one: each has a type, and may have header lines of its own.
const several = writeMultipart([
  new BodyPart({ contentType: 'text/plain', body: 'see the map' }),
  new BodyPart({ contentType: 'image/png', headers: { 'Content-ID': '<map@h>' }, body: new Uint8Array(3) }),
])
request.body = several.body
request.contentType = several.contentType
console.log(request.contentType)

for (const part of bodyParts(request)) console.log(part.type, part.contentId ?? '-', part.body.length)
console.log(findPart(request, 'text/plain')?.text)
