/** Lines as a message: CRLF line ends, the empty line, the body. */
export function wire(lines: readonly string[], body = ''): string {
  return `${lines.join('\r\n')}\r\n\r\n${body}`
}

/** An INVITE as a phone sends it. */
export const INVITE: string = wire(
  [
    'INVITE sip:bob@biloxi.example.com SIP/2.0',
    'Via: SIP/2.0/UDP pc33.atlanta.example.com:5060;branch=z9hG4bK776asdhds;rport',
    'Via: SIP/2.0/TCP bigbox3.atlanta.example.com;branch=z9hG4bK77ef4c2312983.1;received=192.0.2.2',
    'Max-Forwards: 70',
    'Record-Route: <sip:p2.example.com;lr>, <sip:p1.example.com;lr>',
    'To: Bob <sip:bob@biloxi.example.com>',
    'From: "Alice Liddell" <sip:alice@atlanta.example.com>;tag=1928301774',
    'Call-ID: a84b4c76e66710@pc33.atlanta.example.com',
    'CSeq: 314159 INVITE',
    'Contact: <sip:alice@pc33.atlanta.example.com:5060;transport=udp>',
    'Allow: INVITE, ACK, CANCEL, OPTIONS, BYE',
    'Supported: replaces, 100rel',
    'Content-Type: application/sdp',
    'Content-Length: 6',
  ],
  'v=0\r\n!',
)

/** The octets of text, one each character. */
export function octets(text: string): Uint8Array {
  return Uint8Array.from(text, (c) => c.charCodeAt(0))
}
