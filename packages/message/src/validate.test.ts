import { describe, expect, test } from 'vitest'
import { parseMessage, validate } from './index.ts'
import { INVITE } from './testing/samples.ts'

const findings = (text: string): string[] =>
  validate(parseMessage(text)).map(({ header, status, section }) => `${header} ${status} ${section}`)

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

  test('M164 a body needs a Content-Type', () => {
    expect(findings(INVITE.replace('Content-Type: application/sdp\r\n', ''))).toEqual(['Content-Type 400 20.15'])
  })
})
