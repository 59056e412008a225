// 256 variants of each message, so that no peer can remember what it parsed before.
export const VARIANTS = 256

export type Kind = 'invite' | 'ok' | 'register'

const SDP = [
  'v=0',
  'o=alice 2890844526 2890844526 IN IP4 pc33.atlanta.example.com',
  's=-',
  'c=IN IP4 192.0.2.101',
  't=0 0',
  'm=audio 49172 RTP/AVP 0 8 101',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:101 telephone-event/8000',
  'a=fmtp:101 0-15',
  'a=sendrecv',
  'a=ptime:20',
  '',
].join('\r\n')

const write = (lines: readonly string[], body: string): Buffer =>
  Buffer.from(`${lines.join('\r\n')}\r\nContent-Length: ${body.length}\r\n\r\n${body}`)

function vias(id: string): string[] {
  return [
    `Via: SIP/2.0/UDP proxy7.atlanta.example.com:5060;branch=z9hG4bK4b43c2ff8.${id}`,
    `Via: SIP/2.0/UDP pc33.atlanta.example.com:5066;branch=z9hG4bKnashds8${id};rport=5066;received=192.0.2.101`,
  ]
}

const dialog = (id: string, tag: string, cseq: string): string[] => [
  `From: "Alice Liddell" <sip:alice@atlanta.example.com>;tag=9fxced76sl${id}`,
  `To: Bob <sip:bob@biloxi.example.com>${tag}`,
  `Call-ID: 3848276298220188511${id}@atlanta.example.com`,
  `CSeq: ${cseq}`,
]

const makers: Record<Kind, (id: string) => Buffer> = {
  invite: (id) =>
    write(
      [
        'INVITE sip:bob@biloxi.example.com;transport=udp SIP/2.0',
        ...vias(id),
        'Max-Forwards: 69',
        'Record-Route: <sip:proxy7.atlanta.example.com;lr>',
        ...dialog(id, '', '20711 INVITE'),
        `Contact: <sip:alice@pc33.atlanta.example.com:5066;transport=udp;ob>`,
        'Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, MESSAGE, SUBSCRIBE, INFO, UPDATE',
        'Supported: replaces, outbound, timer, 100rel',
        'User-Agent: Benchmark Phone/4.2.1 (build 9931)',
        'Session-Expires: 1800;refresher=uac',
        'Content-Type: application/sdp',
      ],
      SDP,
    ),
  ok: (id) =>
    write(
      [
        'SIP/2.0 200 OK',
        ...vias(id),
        'Record-Route: <sip:proxy7.atlanta.example.com;lr>',
        ...dialog(id, `;tag=a6c85cf${id}`, '20711 INVITE'),
        `Contact: <sip:bob@192.0.2.4:5060;transport=udp>`,
        'Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, MESSAGE, SUBSCRIBE, INFO, UPDATE',
        'Supported: replaces, outbound, timer, 100rel',
        'Server: Benchmark Phone/4.2.1 (build 9931)',
        'Content-Type: application/sdp',
      ],
      SDP,
    ),
  register: (id) =>
    write(
      [
        'REGISTER sip:atlanta.example.com SIP/2.0',
        ...vias(id),
        'Max-Forwards: 70',
        `From: "Alice Liddell" <sip:alice@atlanta.example.com>;tag=456248${id}`,
        'To: "Alice Liddell" <sip:alice@atlanta.example.com>',
        `Call-ID: 843817637684230${id}@998sdasdh09`,
        'CSeq: 1826 REGISTER',
        `Contact: <sip:alice@192.0.2.101:5066;transport=udp;ob>;expires=3600;q=0.7`,
        'Supported: path, outbound, gruu',
        'User-Agent: Benchmark Phone/4.2.1 (build 9931)',
        'Expires: 3600',
      ],
      '',
    ),
}

/** The variants of one kind of message, as datagrams. */
export function corpus(kind: Kind): Buffer[] {
  return Array.from({ length: VARIANTS }, (_, i) =>
    makers[kind](((i * 2654435761) >>> 0).toString(16).padStart(8, '0')),
  )
}
