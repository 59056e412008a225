import { expect, test } from 'vitest'
import { parseUri, requestUri } from '../index.ts'

test('M023 a Request-URI has neither a method nor headers; all else stays as it came', () => {
  for (const [text, written] of [
    ['sip:%61:pw@H:5060;lr;METHOD=BYE;x?a=b&a=c', 'sip:%61:pw@H:5060;lr;x'],
    ['sips:h?a=b', 'sips:h'],
    ['sip:h;method=INVITE', 'sip:h'],
  ] as const) {
    expect(String(requestUri(parseUri(text)))).toBe(written)
  }
  for (const text of ['sip:a@h;x-method=y', 'tel:+1;method=y', 'urn:a?b']) {
    const uri = parseUri(text)
    expect(requestUri(uri)).toBe(uri)
  }
})
