import fc from 'fast-check'

/** Values that one field or another cannot stand, and some that it can. */
const VALUES = [
  '',
  '0',
  '-1',
  '4294967295',
  '99999999999999999999',
  '*',
  ',',
  ';;;',
  '"',
  '<',
  '<>',
  'x'.repeat(3000),
  '\u{1F4A9}',
  '<sip:bob@10.0.0.2>',
  '<sip:alice@10.0.0.1;lr>;tag=new',
  '<mailto:a@b>',
  'sip:a@[::1]:99999',
  '1 INVITE',
  '1 1 INVITE',
  'active;expires=0',
  'terminated;reason=noresource',
  'refer;id=1',
  'presence',
  '90;refresher=uas',
  '100rel',
  'nothing;to-tag=a;from-tag=b',
  'Digest realm="r", nonce="n", algorithm=MD5, qop="auth"',
  'application/sdp',
  'message/sipfrag',
  'gzip',
]

const NAMES = [
  'Via',
  'From',
  'To',
  'Call-ID',
  'CSeq',
  'Contact',
  'Max-Forwards',
  'Content-Length',
  'Content-Type',
  'Content-Encoding',
  'Route',
  'Record-Route',
  'Require',
  'Supported',
  'Allow',
  'Expires',
  'Min-Expires',
  'Event',
  'Subscription-State',
  'Refer-To',
  'Refer-Sub',
  'Replaces',
  'RSeq',
  'RAck',
  'Session-Expires',
  'Min-SE',
  'Retry-After',
  'Reason',
  'Recv-Info',
  'Info-Package',
  'WWW-Authenticate',
  'Proxy-Authenticate',
  'Authentication-Info',
  'Accept',
]

const METHODS = [
  'INVITE',
  'ACK',
  'BYE',
  'CANCEL',
  'UPDATE',
  'PRACK',
  'INFO',
  'REFER',
  'NOTIFY',
  'SUBSCRIBE',
  'OPTIONS',
  'FOO',
]

/** One change to the text of a message. */
type Mutation = (text: string) => string

function onLine(at: number, change: (line: string) => string[]): Mutation {
  return (text) => {
    const lines = text.split('\r\n')
    const line = at % lines.length
    return lines.flatMap((one, index) => (index === line ? change(one) : [one])).join('\r\n')
  }
}

const at: fc.Arbitrary<number> = fc.nat(15)
const value: fc.Arbitrary<string> = fc.oneof(fc.constantFrom(...VALUES), fc.string({ maxLength: 30 }))

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.constant<Mutation>((text) => text),
  at.map((line) => onLine(line, () => [])),
  at.map((line) => onLine(line, (one) => [one, one])),
  fc.tuple(at, value).map(([line, given]) => onLine(line, (one) => [`${one.split(':', 1)[0]}: ${given}`])),
  fc.tuple(fc.constantFrom(...NAMES), value).map(([name, given]) => onLine(1, (one) => [`${name}: ${given}`, one])),
  fc.constantFrom(...METHODS).map((method): Mutation => {
    return (text) => text.replace(/^[A-Z]+ (?=sip)/, `${method} `).replace(/^(CSeq: \d+) \w+/m, `$1 ${method}`)
  }),
  fc.nat(30).map(
    (seq): Mutation =>
      (text) =>
        text.replace(/^(CSeq:) \d+/m, `$1 ${seq}`),
  ),
  fc.integer({ min: 100, max: 699 }).map(
    (status): Mutation =>
      (text) =>
        text.replace(/^SIP\/2.0 \d+/, `SIP/2.0 ${status}`),
  ),
  fc.nat(600).map(
    (length): Mutation =>
      (text) =>
        text.slice(0, length),
  ),
  fc.tuple(fc.nat(600), fc.nat(40), fc.string({ maxLength: 40 })).map(
    ([from, length, given]): Mutation =>
      (text) =>
        text.slice(0, from) + given + text.slice(from + length),
  ),
)

/** What is done to a message: nothing much, or up to three changes. */
export const mutations: fc.Arbitrary<Mutation> = fc.array(mutation, { minLength: 1, maxLength: 3 }).map(
  (list): Mutation =>
    (text) =>
      list.reduce((changed, one) => one(changed), text),
)
