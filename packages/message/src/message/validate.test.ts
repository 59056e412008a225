import { describe, expect, test } from 'vitest'
import { type Finding, parseMessage, SipParseError, type SipMessage, validate } from '../index.ts'
import { corpus } from '../testing/corpus.ts'
import { mutate, seeded } from '../testing/mutate.ts'
import { INVITE } from '../testing/samples.ts'

const findings = (text: string): string[] =>
  validate(parseMessage(text)).map(({ header, status, section }) => `${header} ${status} ${section}`)

// A request of a method without a Contact, with these lines.
const of = (method: string, ...lines: string[]): string[] =>
  findings(
    INVITE.replaceAll('INVITE', method)
      .replace(/^Contact:.*\r\n/m, '')
      .replace('Max-Forwards:', [...lines, 'Max-Forwards:'].join('\r\n')),
  )

describe('validate', () => {
  test('has nothing to say about a good request', () => {
    expect(findings(INVITE)).toEqual([])
  })

  test('M156 M157 names what is missing; Max-Forwards may be', () => {
    const text = INVITE.replace(/^(To|Call-ID|Max-Forwards):.*\r\n/gm, '')
    expect(findings(text)).toEqual(['To 400 8.1.1', 'Call-ID 400 8.1.1'])
  })

  test('M049 M067 M069 names what is repeated, contradicts or is out of range', () => {
    expect(findings(INVITE.replace('To:', 'To: <sip:x@h>\r\nTo:'))).toEqual(['To 400 7.3.1'])
    expect(findings(INVITE.replace('314159 INVITE', '314159 ACK'))).toEqual(['CSeq 400 8.1.1.5'])
    expect(findings(INVITE.replace('Forwards: 70', 'Forwards: 300'))).toEqual(['Max-Forwards 400 20.22'])
  })

  test('M055 M066 M167 says where', () => {
    const text = INVITE.replace('Bob <', '"Bob <')
    expect(validate(parseMessage(text))).toMatchObject([{ header: 'To', status: 400, section: '20.39' }])
    expect(validate(parseMessage(text))[0]!.offset).toBeGreaterThanOrEqual(text.indexOf('"Bob'))
    expect(findings(INVITE.replace('314159', '4294967296'))).toEqual(['CSeq 400 20.16'])
  })

  test('what a method cannot do without must be there and well-formed', () => {
    const contact = 'Contact: <sip:alice@192.0.2.1>'
    expect(of('NOTIFY')).toEqual(['Event 400 RFC 6665 8.2.1', 'Subscription-State 400 RFC 6665 8.2.3'])
    expect(of('NOTIFY', 'o: presence ; id=1', 'Subscription-State: active;expires=60')).toEqual([])
    for (const state of ['active;expires=soon', 'terminated;retry-after=soon', 'not active', 'active;;']) {
      expect(of('NOTIFY', 'Event: refer', `Subscription-State: ${state}`)).toEqual([
        'Subscription-State 400 RFC 6665 8.2.3',
      ])
    }
    expect(of('SUBSCRIBE', contact, 'Event: a b')).toEqual(['Event 400 RFC 6665 8.2.1'])
    expect(of('REFER', contact, 'Refer-To: <sip:bob@h')).toEqual(['Refer-To 400 RFC 3515 2.4.1'])
    expect(of('REFER', 'Refer-To: <sip:bob@h>')).toEqual(['Contact 400 8.1.1.8'])
    expect(of('REFER', `${contact}, <sip:b@h>`, 'Refer-To: <sip:bob@h>')).toEqual(['Contact 400 8.1.1.8'])
    expect(of('PRACK', 'RAck: 1 2 INVITE')).toEqual([])
    for (const rack of ['1 2', 'x 2 INVITE', '4294967296 2 INVITE', '1 2 IN@VITE']) {
      expect(of('PRACK', `RAck: ${rack}`)).toEqual(['RAck 400 RFC 3262 7.2'])
    }
  })

  test('M049 * stands for all contacts in a REGISTER with Expires: 0 only', () => {
    const register = INVITE.replaceAll('INVITE', 'REGISTER').replace(/^Contact:.*$/m, 'Contact: *')
    expect(findings(register)).toEqual(['Contact 400 10.2.2'])
    expect(findings(register.replace('Max-Forwards:', 'Expires: 0\r\nMax-Forwards:'))).toEqual([])
  })

  test('a malformed value is found once, whatever else is asked of it', () => {
    expect(findings(INVITE.replace(/^Contact:.*$/m, 'Contact: <sip:'))).toEqual(['Contact 400 20.10'])
    expect(findings(INVITE.replace('314159 INVITE', 'x INVITE'))).toEqual(['CSeq 400 20.16'])
  })

  test.each([
    ['application/sdp', true],
    ['application / sdp;charset=utf-8', true],
    ['x-a.b+c/*', true],
    ['application', false],
    ['application/', false],
    ['/sdp', false],
    ['application/sdp/x', false],
    ['appli cation/sdp', false],
  ])('a Content-Type of %s', (type, good) => {
    expect(findings(INVITE.replace('application/sdp', type))).toEqual(good ? [] : ['Content-Type 400 20.15'])
  })

  test('M164 a body needs a Content-Type', () => {
    expect(findings(INVITE.replace('Content-Type: application/sdp\r\n', ''))).toEqual(['Content-Type 400 20.15'])
  })
})

function parsed(data: Uint8Array | string, strict = false): SipMessage | SipParseError {
  try {
    return parseMessage(data, { strict })
  } catch (error) {
    if (error instanceof SipParseError) return error
    throw error
  }
}

const isWhole = ({ header, offset, section, status, message }: Finding, length: number): boolean =>
  /^(Request-URI|[A-Z][A-Za-z-]+)$/.test(header ?? '') &&
  (offset === undefined || (Number.isInteger(offset) && offset >= 0 && offset <= length)) &&
  /^(RFC \d{4} )?\d+(\.\d+)*$/.test(section) &&
  [400, 416].includes(status) &&
  message.length > 5

const bad = (from: string | RegExp, to: string): string => INVITE.replace(from, to)

describe('M167 a finding', () => {
  test('says which header, where, by which section, and what answers it; strict parsing refuses with the first', () => {
    const random = seeded(7)
    const seen = new Set<string>()
    for (let i = 0; i < 3000; i++) {
      const data = mutate(corpus[random(corpus.length)]!, corpus, random)
      const message = parsed(data)
      if (message instanceof SipParseError) continue
      const found = validate(message)
      for (const finding of found) seen.add(`${finding.section} ${finding.header}`)
      expect(found.filter((finding) => !isWhole(finding, data.length))).toEqual([])
      const first = found.find(({ status }) => status !== 416)
      const refusal = parsed(data, true)
      expect(refusal).toMatchObject(
        first === undefined
          ? { type: message.type }
          : { status: message.type === 'request' ? first.status : 0, header: first.header, message: first.message },
      )
    }
    expect(seen.size).toBeGreaterThan(20)
  })

  test.each([
    ['7.1', 'Request-URI', bad('sip:bob@biloxi.example.com SIP', 'sip:@h SIP'), 'sip:@h', 400],
    ['8.2.2.1', 'Request-URI', bad('sip:bob@biloxi.example.com SIP', 'http://h/ SIP'), 'http:', 416],
    ['7.3.1', 'To', bad('To:', 'To: <sip:x@h>\r\nTo:'), 'Bob <', 400],
    ['8.1.1.5', 'CSeq', bad('314159 INVITE', '314159 ACK'), '314159', 400],
    ['20.42', 'Via', bad('SIP/2.0/UDP', 'SIP/2.0'), 'SIP/2.0 pc33', 400],
    ['20.20', 'From', bad('"Alice Liddell"', 'a@b'), 'a@b', 400],
    ['20.39', 'To', bad('<sip:bob@biloxi.example.com>', '<sip:@h>'), 'Bob <', 400],
    ['20.39', 'To', bad('<sip:bob@biloxi.example.com>', '<sip:b@h;a=b;x=%>'), '%', 400],
    ['20.39', 'To', bad('<sip:bob@biloxi.example.com>', '<sip:b@h?a=b&x=%>'), '%', 400],
    ['20.20', 'From', bad('Liddell" <', 'Liddell" <sip:%Z'), '%', 400],
    ['20.42', 'Via', bad('branch=', 'branch=a@'), 'SIP/2.0/UDP', 400],
    ['20.42', 'Via', bad(/branch=\w+/, 'branch'), 'SIP/2.0/UDP', 400],
    ['20.20', 'From', bad('tag=', 'tag=a@'), '"Alice', 400],
    ['20.39', 'To', bad('<sip:bob@biloxi.example.com>', '<sip:b@h>;tag='), 'Bob', 400],
    ['20.8', 'Call-ID', bad('a84b4c76e66710@', 'a b@'), 'a b@', 400],
    ['20.16', 'CSeq', bad('314159 INVITE', '-1 INVITE'), '-1', 400],
    ['20.10', 'Contact', bad(/Contact: .*/, 'Contact: <sip:h'), '<sip:h\r', 400],
    ['20.30', 'Record-Route', bad('<sip:p2.example.com;lr>', 'sip:p2'), 'sip:p2', 400],
    ['20.34', 'Route', bad('Allow:', 'Route: sip:h\r\nAllow:'), 'sip:h\r', 400],
    ['20.22', 'Max-Forwards', bad('Max-Forwards: 70', 'Max-Forwards: 256'), '256', 400],
    ['20.32', 'Require', bad('Supported: replaces', 'Require: a@b'), 'a@b', 400],
    ['20.29', 'Proxy-Require', bad('Supported: replaces', 'Proxy-Require: a@b'), 'a@b', 400],
    ['20.15', 'Content-Type', bad('application/sdp', 'sdp'), 'sdp', 400],
    ['20.17', 'Date', bad('Allow:', 'Date: today\r\nAllow:'), 'today', 400],
  ])('%s %s', (section, header, text, where, status) => {
    const found = validate(parseMessage(text))
    expect(found).toMatchObject([{ section, header, status }])
    const at = text.indexOf(where)
    expect(found[0]!.offset).toBeGreaterThanOrEqual(at)
    expect(found[0]!.offset).toBeLessThanOrEqual(text.indexOf('\r\n', at))
  })
})

test('M129 M134 a tag and a branch that are no tokens are read as they came, and refused', () => {
  const tagged = bad('tag=', 'tag=a@')
  expect(parseMessage(tagged).from.tag).toMatch(/^a@\d+$/)
  expect(parsed(tagged, true)).toMatchObject({ status: 400, header: 'From' })
  const branched = bad('branch=', 'branch=a/')
  expect(parseMessage(branched).via!.branch).toMatch(/^a\/z9hG4bK/)
  expect(parsed(branched, true)).toMatchObject({ status: 400, header: 'Via' })
})

const refer = (to: string): string[] => of('REFER', 'Contact: <sip:a@h>', `Refer-To: ${to}`)

test('M145 a Refer-To whose URI is none', () => {
  expect(refer('<sip:c@h>')).toEqual([])
  expect(refer('<nobody>')).toEqual(['Refer-To 400 RFC 3515 2.4.1'])
  expect(refer('<sip:c@>')).toEqual(['Refer-To 400 RFC 3515 2.4.1'])
})
