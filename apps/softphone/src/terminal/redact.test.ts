import { expect, test } from 'vitest'
import { redact } from './redact.ts'

const hidden = (text: string): string => Buffer.from(redact(Buffer.from(text, 'latin1'))).toString('latin1')

test('digest answers become as many x, wherever the line is folded and however the name is written', () => {
  const text = [
    'REGISTER sip:example.com SIP/2.0',
    'authorization: Digest username="alice", realm="r", nonce="n", uri="sip:example.com",',
    ' response="0123456789abcdef0123456789abcdef", cnonce="keep"',
    'Proxy-Authorization:Digest response=abcdef,username="alice"',
    'Authentication-Info: rspauth="feed", nextnonce="n2"',
    'Subject: response="stays"',
    '',
    '',
  ].join('\r\n')
  const result = hidden(text)
  expect(result).toHaveLength(text.length)
  expect(result).toContain(`response="${'x'.repeat(32)}", cnonce="keep"`)
  expect(result).toContain('response=xxxxxx,username="alice"')
  expect(result).toContain('rspauth="xxxx", nextnonce="n2"')
  expect(result).toContain('Subject: response="stays"')
  expect(result).toContain('realm="r", nonce="n"')
})

test('passwords in URIs and media keys are hidden', () => {
  const text =
    'INVITE sip:alice:secret@example.com SIP/2.0\r\nTo: <sip:bob:pw@h>\r\n\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZi|2^20\r\n'
  expect(hidden(text)).toBe(
    'INVITE sip:alice:xxxxxx@example.com SIP/2.0\r\nTo: <sip:bob:xx@h>\r\n\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:xxxxxxxxxxxxxxxxxxxx|2^20\r\n',
  )
})

test.each([512, 513, 5000])('a password of %i characters is hidden too', (length) => {
  const text = `To: <sip:bob:${'p'.repeat(length)}@h>`
  expect(hidden(text)).toMatch(/^To: <sip:bob:x+@?h?>$/)
  expect(hidden(text)).toHaveLength(text.length)
})

test('every other byte stays as it is', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, octet) => octet)
  expect([...redact(bytes)]).toEqual([...bytes])
  expect(hidden('Contact: <sip:alice@127.0.0.1:5060>')).toBe('Contact: <sip:alice@127.0.0.1:5060>')
})
