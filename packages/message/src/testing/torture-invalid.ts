import type { Torture } from './torture.ts'
import { oddRequest, response } from './torture.ts'

const body = 'v=0\r\ns=-\r\n'
const sdp = { 'Content-Type': 'application/sdp' }

/** RFC 4475 3.1.2 and 3.3.1, 3.3.8, 3.3.9: messages that are malformed or lack something. Our own, with the traits of each. */
export const invalid: readonly Torture[] = [
  {
    name: 'badinv01',
    section: '3.1.2.1',
    outcome: { strict: 400, header: 'Via' },
    text: oddRequest('INVITE sip:dora@example.org', {
      Via: 'SIP/2.0/UDP 192.0.2.15;;,;,,',
      Contact: '"Joe" <sip:joe@example.org>;;;;',
    }),
  },
  {
    name: 'clerr',
    section: '3.1.2.2',
    outcome: 400,
    text: oddRequest('INVITE sip:dora@example.org', { ...sdp, 'Content-Length': '9999' }, body),
  },
  {
    name: 'ncl',
    section: '3.1.2.3',
    outcome: 400,
    text: oddRequest('INVITE sip:dora@example.org', { ...sdp, 'Content-Length': '-999' }, body),
  },
  {
    name: 'scalar02',
    section: '3.1.2.4',
    outcome: { strict: 400, header: 'CSeq' },
    text: oddRequest('REGISTER sip:example.org', {
      CSeq: '36893488147419103232 REGISTER',
      'Max-Forwards': '300',
      Expires: '1'.padEnd(80, '0'),
      Contact: '<sip:dora@host.example.org>;expires=280297596632815',
    }),
    says: { maxForwards: undefined, expires: 3600 },
  },
  {
    name: 'scalarlg',
    section: '3.1.2.5',
    outcome: { strict: 0, header: 'CSeq' },
    text: response('SIP/2.0 503 Service Unavailable', {
      CSeq: '9292394834772304023312 OPTIONS',
      'Retry-After': '949302838503028349304023988',
    }),
  },
  {
    name: 'quotbal',
    section: '3.1.2.6',
    outcome: { strict: 400, header: 'To' },
    text: oddRequest('INVITE sip:dora@example.org', { To: '"Mr. Dora <sip:dora@example.org>' }),
  },
  { name: 'ltgtruri', section: '3.1.2.7', outcome: 400, text: oddRequest('INVITE <sip:dora@example.org>', {}) },
  { name: 'lwsruri', section: '3.1.2.8', outcome: 400, text: oddRequest('INVITE sip:dora@example.org; lr', {}) },
  { name: 'lwsstart', section: '3.1.2.9', outcome: 400, text: oddRequest('INVITE  sip:dora@example.org  SIP/2.0', {}) },
  {
    name: 'trws',
    section: '3.1.2.10',
    outcome: 400,
    text: oddRequest('OPTIONS sip:dora@example.org', {}).replace('SIP/2.0', 'SIP/2.0  '),
  },
  {
    name: 'escruri',
    section: '3.1.2.11',
    outcome: { strict: 400, header: 'Request-URI' },
    text: oddRequest('INVITE sip:dora@example.org?Route=%3Csip:hub.example.org%3E', {}),
    says: { routes: [], 'headers.route': undefined },
  },
  {
    name: 'baddate',
    section: '3.1.2.12',
    outcome: { strict: 400, header: 'Date' },
    text: oddRequest('INVITE sip:dora@example.org', { Date: 'Fri, 01 Jan 2010 16:00:00 EST' }),
  },
  {
    name: 'regbadct',
    section: '3.1.2.13',
    outcome: { strict: 400, header: 'Contact' },
    text: oddRequest('REGISTER sip:example.org', { Contact: 'sip:dora@example.org?Route=%3Csip:hub.example.org%3E' }),
  },
  {
    name: 'badaspec',
    section: '3.1.2.14',
    outcome: { strict: 400, header: 'To' },
    text: oddRequest('OPTIONS sip:dora@example.org', { To: '"Dora" < sip:dora@example.org >' }),
  },
  {
    name: 'baddn',
    section: '3.1.2.15',
    outcome: { strict: 400, header: 'From' },
    text: oddRequest('OPTIONS sip:t.watson@example.org', { From: 'Bell, Alexander <sip:a.g.bell@example.org>;tag=43' }),
  },
  {
    name: 'badvers',
    section: '3.1.2.16',
    outcome: 505,
    text: oddRequest('OPTIONS sip:dora@example.org', {}).replace('SIP/2.0', 'SIP/7.0'),
  },
  {
    name: 'mismatch01',
    section: '3.1.2.17',
    outcome: { strict: 400, header: 'CSeq' },
    text: oddRequest('OPTIONS sip:dora@example.org', { CSeq: '8 INVITE' }),
  },
  {
    name: 'mismatch02',
    section: '3.1.2.18',
    outcome: { strict: 400, header: 'CSeq' },
    text: oddRequest('NEWMETHOD sip:dora@example.org', { CSeq: '8 INVITE' }),
  },
  {
    name: 'bigcode',
    section: '3.1.2.19',
    outcome: 0,
    text: response('SIP/2.0 4294967301 better not break the receiver'),
  },
  {
    name: 'insuf',
    section: '3.3.1',
    outcome: { strict: 400, header: 'From' },
    text: oddRequest('INVITE sip:dora@example.org', { From: undefined, To: undefined, 'Call-ID': undefined }),
  },
  {
    name: 'multi01',
    section: '3.3.8',
    outcome: { strict: 400, header: 'CSeq' },
    text: oddRequest('INVITE sip:dora@example.org', {
      CSeq: ['5 INVITE', '59 INVITE'],
      'Call-ID': ['odd.1', 'odd.2'],
      From: ['<sip:one@example.org>;tag=1', '<sip:two@example.org>;tag=2'],
      To: ['<sip:dora@example.org>', '<sip:other@example.org>'],
      'Max-Forwards': ['70', '5'],
    }),
  },
  {
    name: 'mcl01',
    section: '3.3.9',
    outcome: 400,
    text: oddRequest('OPTIONS sip:dora@example.org', { ...sdp, L: '5' }, body),
  },
]
