import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NameAddr, parseMessage, SipHeaders, SipParseError, SipRequest, SipResponse, SipUri } from '../index.ts'
import { INVITE } from '../testing/samples.ts'

const injection = expect.objectContaining({ name: 'TypeError', code: 'ERR_SIP_INJECTION' })

const parsed = (): SipHeaders => parseMessage(INVITE).headers

describe('SipHeaders', () => {
  test('M182 a name with the Kelvin sign is not that with the letter', () => {
    const message = parseMessage(INVITE)
    for (const name of ['\u212a', 'P-Visited-Networ\u212a-ID']) {
      const refused = expect.objectContaining({ code: 'ERR_SIP_ARGUMENT' })
      expect(() => message.headers.set(name, 'x')).toThrow(refused)
      expect(() => message.headers.append(name, 'x')).toThrow(refused)
      expect(message.headers.has(name)).toBe(false)
    }
    expect(message.toString()).toBe(INVITE)
  })

  test('M187 a list of as many values as the limits allow is read', () => {
    const row = `Allow: ${'a,'.repeat(200_000)}a`
    const message = parseMessage(INVITE.replace(/^Allow:.*$/m, row), { maxLine: 1e6, maxHeaderSection: 1e6 })
    expect(message.headers.getAll('Allow').length).toBe(200_001)
    expect(message.allow.length).toBe(200_001)
  })

  test('M034 iterates in wire order with the names as written', () => {
    const names = [...parsed()].map(([name]) => name)
    expect(names.slice(0, 5)).toEqual(['Via', 'Via', 'Max-Forwards', 'Record-Route', 'To'])
    expect(parsed().size).toBe(13)
  })

  test('M038 M039 understands compact names in any case, mixed with long ones', () => {
    const headers = new SipHeaders([
      ['v', 'SIP/2.0/UDP a'],
      ['Via', 'SIP/2.0/UDP b'],
      ['V', 'SIP/2.0/UDP c'],
    ])
    expect(headers.getAll('via')).toEqual(['SIP/2.0/UDP a', 'SIP/2.0/UDP b', 'SIP/2.0/UDP c'])
    const pairs = {
      i: 'Call-ID',
      m: 'Contact',
      e: 'Content-Encoding',
      l: 'Content-Length',
      c: 'Content-Type',
      f: 'From',
    }
    const more = { s: 'Subject', k: 'Supported', t: 'To', v: 'Via', o: 'Event', u: 'Allow-Events', r: 'Refer-To' }
    const rest = {
      b: 'Referred-By',
      x: 'Session-Expires',
      d: 'Request-Disposition',
      a: 'Accept-Contact',
      j: 'Reject-Contact',
    }
    for (const [compact, name] of Object.entries({ ...pairs, ...more, ...rest, y: 'Identity', n: 'Identity-Info' })) {
      const one = new SipHeaders([[compact, 'x']])
      expect([name, one.get(name), one.get(compact.toUpperCase())]).toEqual([name, 'x', 'x'])
    }
  })

  test('M034 M041 M042 getAll splits lists at commas outside quotes and brackets', () => {
    expect(parsed().getAll('Record-Route')).toEqual(['<sip:p2.example.com;lr>', '<sip:p1.example.com;lr>'])
    expect(new SipHeaders({ Contact: ['"a, b" <sip:x,y@h>', '<sip:z@h>, <sip:u@h>'] }).getAll('m')).toEqual([
      '"a, b" <sip:x,y@h>',
      '<sip:z@h>',
      '<sip:u@h>',
    ])
  })

  test('M138b M153 getAll splits In-Reply-To at every comma: a Call-ID holds none, but quotes and brackets that nothing closes', () => {
    const rows = ['a"b@h, <c@h', '', 'd"@h ,e@h']
    expect(new SipHeaders({ 'In-Reply-To': rows }).getAll('in-reply-to')).toEqual(['a"b@h', '<c@h', 'd"@h', 'e@h'])
  })

  test.each([
    'WWW-Authenticate',
    'Proxy-Authorization',
    'Date',
    'Subject',
    'Organization',
    'Call-ID',
    'Identity',
    'X-Any',
  ])('M043 M045 M045b %s is no list', (name) => {
    expect(new SipHeaders([[name, 'a, b']]).getAll(name)).toEqual(['a, b'])
  })

  test('get is the first row as it came; has and delete know all rows', () => {
    const headers = parsed()
    expect(headers.get('record-route')).toBe('<sip:p2.example.com;lr>, <sip:p1.example.com;lr>')
    expect(headers.get('nothing')).toBeUndefined()
    expect(headers.has('v')).toBe(true)
    expect(headers.delete('v')).toBe(true)
    expect(headers.delete('v')).toBe(false)
    expect(headers.has('Via')).toBe(false)
  })

  test('set writes at the place of the first row, append at the end, prepend before the first', () => {
    const headers = new SipHeaders({ A: '1', Route: ['<sip:1>', '<sip:2>'], Z: 9 })
    headers.set('route', ['<sip:3>', '<sip:4>', '<sip:5>'])
    headers.set('a', 'one')
    headers.append('Z', 10)
    headers.prepend('Z', 8)
    headers.prepend('New', 'x')
    expect([...headers].map((row) => row.join(' '))).toEqual([
      'New x',
      'A one',
      'route <sip:3>',
      'route <sip:4>',
      'route <sip:5>',
      'Z 8',
      'Z 9',
      'Z 10',
    ])
    headers.set('Route', [])
    expect(headers.has('Route')).toBe(false)
  })

  test('copies another SipHeaders', () => {
    const copy = new SipHeaders(parsed())
    copy.delete('Via')
    expect([copy.size, parsed().size]).toEqual([11, 13])
  })

  test('M185 names of object members are names like any other', () => {
    const headers = new SipHeaders(
      JSON.parse('{"__proto__":"a","constructor":"b","toString":"c"}') as Record<string, string>,
    )
    expect(headers.get('__proto__')).toBe('a')
    expect(headers.get('Constructor')).toBe('b')
    expect(headers.getAll('tostring')).toEqual(['c'])
    expect(headers.get('valueOf')).toBeUndefined()
    expect(({} as Record<string, unknown>)['a']).toBeUndefined()
  })
})

describe('M181 M182 a line break', () => {
  const bad = ['x\r\nRoute: <sip:evil>', 'x\ny', 'x\ry', 'x\0']

  test.each(bad)('%j is refused wherever it goes in', (text) => {
    const headers = new SipHeaders()
    expect(() => headers.set('Subject', text)).toThrow(injection)
    expect(() => headers.set('Subject', ['ok', text])).toThrow(injection)
    expect(() => headers.append('Subject', text)).toThrow(injection)
    expect(() => headers.prepend('Subject', text)).toThrow(injection)
    expect(() => headers.append(text, 'x')).toThrow(injection)
    expect(() => new SipHeaders({ Subject: text })).toThrow(injection)
    expect(() => new SipHeaders([[text, 'x']])).toThrow(injection)
    expect(headers.size).toBe(0)

    const request = parseMessage(INVITE) as SipRequest
    const before = request.toString()
    expect(() => (request.method = text)).toThrow(injection)
    expect(() => (request.uri = `sip:${text}`)).toThrow(SipParseError)
    expect(() => (request.callId = text)).toThrow(injection)
    expect(() => (request.contentType = text)).toThrow(injection)
    expect(() => (request.supported = [text])).toThrow(injection)
    expect(() => request.createResponse(200, text)).toThrow(injection)
    expect(() => request.createResponse(200, { toTag: text })).toThrow(TypeError)
    expect(() => request.createResponse(200, { headers: { X: text } })).toThrow(injection)
    expect(() => new SipRequest({ method: text, uri: 'sip:h' })).toThrow(injection)
    expect(() => new SipResponse({ status: 200, reason: text })).toThrow(injection)
    expect(request.toString()).toBe(before)
  })

  test('a name that is no token is refused', () => {
    for (const name of ['', 'a b', 'a:b', 'ä']) {
      expect(() => new SipHeaders([[name, 'x']])).toThrow(expect.objectContaining({ code: 'ERR_SIP_ARGUMENT' }))
    }
  })

  test('a failed set leaves the rows as they were', () => {
    const headers = new SipHeaders({ Subject: 'a' })
    expect(() => headers.set('Subject', ['b', 'c\n'])).toThrow(injection)
    expect([...headers]).toEqual([['Subject', 'a']])
  })

  test('M181 a list of addresses that cannot be written leaves the rows as they were', () => {
    const request = parseMessage(INVITE) as SipRequest
    const before = [NameAddr.parse('<sip:ok@h>'), NameAddr.parse('<sip:a@h\r\nRoute:b>')]
    for (const name of ['contacts', 'routes', 'recordRoutes'] as const) {
      expect(() => (request[name] = before), name).toThrow(injection)
    }
    expect(request.toString()).toBe(INVITE)
    expect(request.recordRoutes).toHaveLength(2)
  })
})

const token = fc.stringMatching(/^[a-zA-Z0-9\-.!%*_+`'~]{1,12}$/)

// What UTF-8 makes of it: lone surrogates become U+FFFD.
const utf8 = (text: string): string =>
  new TextDecoder('utf-8', { ignoreBOM: true }).decode(new TextEncoder().encode(text))

function thrownBy(run: () => void): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  return undefined
}

test('M181 whatever goes in comes back as exactly the same fields, and never one more', () => {
  const value = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('a\r\nb: c', ' x', '\t', '', '\u2028', 'ü'),
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(token, value), { maxLength: 8 }), fc.string(), (fields, body) => {
      const request = new SipRequest({ method: 'OPTIONS', uri: new SipUri({ host: 'h' }), body })
      const written: [string, string][] = []
      for (const [name, text] of fields) {
        if (/^(l|content-length)$/i.test(name)) continue
        const refused = /[\r\n\0]/.test(text)
        expect(thrownBy(() => request.headers.append(name, text))).toEqual(refused ? injection : undefined)
        if (!refused) written.push([name, utf8(text.replace(/^[ \t]+|[ \t]+$/g, ''))])
      }
      const read = parseMessage(request.toBytes())
      expect([...read.headers].slice(0, -1)).toEqual(written)
      expect(read.headers.size).toBe(written.length + 1)
      expect(read.text).toBe(utf8(body))
    }),
  )
})
