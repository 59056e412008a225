import type { Torture } from './torture.ts'
import { oddRequest } from './torture.ts'

const register = (headers: Parameters<typeof oddRequest>[1]): string =>
  oddRequest('REGISTER sip:[2001:db8::10]', headers)
const sdp = (...lines: string[]): string => ['v=0', 'o=d 1 1 IN IP6 2001:db8::20', ...lines, ''].join('\r\n')

/** RFC 5118: what addresses of version 6 bring. Our own, with the traits of each. */
export const ipv6: readonly Torture[] = [
  {
    name: 'ipv6-good',
    section: '4.1',
    outcome: 'good',
    text: register({ Via: 'SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bK1', Contact: '<sip:dora@[2001:db8::1]>' }),
    says: { 'uri.host': '[2001:db8::10]', 'via.host': '[2001:db8::9:1]', 'contact.uri.host': '[2001:db8::1]' },
  },
  {
    name: 'ipv6-bad',
    section: '4.2',
    outcome: { strict: 400, header: 'Request-URI' },
    text: oddRequest('REGISTER sip:2001:db8::10', {}),
  },
  {
    name: 'port-ambiguous',
    section: '4.3',
    outcome: 'good',
    text: oddRequest('REGISTER sip:[2001:db8::10:5070]', {}),
    says: { 'uri.host': '[2001:db8::10:5070]', 'uri.port': undefined },
  },
  {
    name: 'port-unambiguous',
    section: '4.4',
    outcome: 'good',
    text: oddRequest('REGISTER sip:[2001:db8::10]:5070', {}),
    says: { 'uri.host': '[2001:db8::10]', 'uri.port': 5070 },
  },
  {
    name: 'via-received-param-with-delim',
    section: '4.5',
    outcome: 'good',
    text: register({ Via: 'SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255];branch=z9hG4bK2' }),
    says: { 'via.received': '2001:db8::9:255' },
  },
  {
    name: 'via-received-param-no-delim',
    section: '4.5',
    outcome: 'good',
    text: register({ Via: 'SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255;branch=z9hG4bK2' }),
    says: { 'via.received': '2001:db8::9:255' },
  },
  {
    name: 'ipv6-in-sdp',
    section: '4.6',
    outcome: 'good',
    text: oddRequest(
      'INVITE sip:dora@[2001:db8::10]',
      { 'Content-Type': 'application/sdp' },
      sdp('c=IN IP6 2001:db8::20'),
    ),
    says: { text: sdp('c=IN IP6 2001:db8::20') },
  },
  {
    name: 'mult-ip-in-header',
    section: '4.7',
    outcome: 'good',
    text: oddRequest('BYE sip:dora@host.example.net', {
      Via: [
        'SIP/2.0/UDP [2001:db8::9:1]:6050;branch=z9hG4bK1',
        'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK2',
        'SIP/2.0/TCP [2001:db8::9:255];branch=z9hG4bK3;received=192.0.2.200',
      ],
    }),
    says: { 'vias.length': 3, 'via.port': 6050, 'vias.2.received': '192.0.2.200' },
  },
  {
    name: 'mult-ip-in-sdp',
    section: '4.8',
    outcome: 'good',
    text: oddRequest(
      'INVITE sip:dora@[2001:db8::10]',
      { 'Content-Type': 'application/sdp' },
      sdp('s=', 'm=audio 1 RTP/AVP 0', 'c=IN IP4 192.0.2.1'),
    ),
    says: { contentType: 'application/sdp' },
  },
  {
    name: 'ipv4-mapped-ipv6',
    section: '4.9',
    outcome: 'good',
    text: oddRequest('INVITE sip:dora@example.org', {
      Via: 'SIP/2.0/UDP [::ffff:192.0.2.10]:19823;branch=z9hG4bK1',
      Contact: '<sip:dora@[::ffff:192.0.2.10]:19823>',
    }),
    says: { 'via.host': '[::ffff:192.0.2.10]', 'via.port': 19823, 'contact.uri.port': 19823 },
  },
  {
    name: 'ipv6-bug-abnf-3-colons',
    section: '4.10',
    outcome: 'good',
    text: oddRequest('OPTIONS sip:dora@[2001:db8:::192.0.2.1]', {}),
    says: { 'uri.host': '[2001:db8:::192.0.2.1]' },
  },
  {
    name: 'ipv6-correct-abnf-2-colons',
    section: '4.10',
    outcome: 'good',
    text: oddRequest('OPTIONS sip:dora@[2001:db8::192.0.2.1]', {}),
    says: { 'uri.host': '[2001:db8::192.0.2.1]' },
  },
]
