import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SipParseError } from '../base/parse-error.ts'
import { Via } from './via.ts'

const refused = expect.objectContaining({ code: 'ERR_SIP_PARSE', status: 400 })

test('a Via is read in parts and comes back as it came', () => {
  const text = 'SIP/2.0/UDP pc33.atlanta.com:5066;branch=z9hG4bK776asdhds;received=192.0.2.1;rport=5060'
  const via = Via.parse(text)
  expect(via).toMatchObject({ protocol: 'UDP', host: 'pc33.atlanta.com', port: 5066, rport: 5060 })
  expect(via.branch).toBe('z9hG4bK776asdhds')
  expect(via.received).toBe('192.0.2.1')
  expect(via.sentBy).toBe('pc33.atlanta.com:5066')
  expect(via.toString()).toBe(text)
})

test('M060 M131 space is allowed around the slashes, the colon and the parameters', () => {
  const text = 'SIP  / 2.0\t/ UDP   192.0.2.2 : 5060 ; branch = 390skdjuw'
  const via = Via.parse(text)
  expect(via).toMatchObject({ protocol: 'UDP', host: '192.0.2.2', port: 5060 })
  expect(via.branch).toBe('390skdjuw')
  expect(via.toString()).toBe(text)
  expect(via.with({ received: '192.0.2.9' }).toString()).toBe(
    'SIP/2.0/UDP 192.0.2.2:5060;branch=390skdjuw;received=192.0.2.9',
  )
})

test('M132 unknown transports are read', () => {
  expect(Via.parse('SIP/2.0/UNKNOWN 192.0.2.1').protocol).toBe('UNKNOWN')
  expect(Via.parse('SIP/2.0/sctp 192.0.2.1').protocol).toBe('SCTP')
})

test('M133 IPv6 has brackets in sent-by, and may have them in received', () => {
  const via = Via.parse('SIP/2.0/UDP [2001:db8::9:1]:5070;received=[2001:db8::9:255];branch=z9hG4bKas3-111')
  expect(via).toMatchObject({ host: '[2001:db8::9:1]', port: 5070 })
  expect(via.received).toBe('2001:db8::9:255')
  expect(Via.parse('SIP/2.0/UDP [::1];received=2001:db8::9:255').received).toBe('2001:db8::9:255')
  expect(via.with({ received: '[2001:db8::1]' }).toString()).toContain(';received=2001:db8::1;')
  expect(new Via({ protocol: 'udp', host: '2001:db8::1', port: 5060 }).toString()).toBe(
    'SIP/2.0/UDP [2001:db8::1]:5060',
  )
  expect(() => Via.parse('SIP/2.0/UDP 2001:db8::1')).toThrow(refused)
})

test('M134 rport is a flag or a port, ttl 0 to 255, maddr a host', () => {
  expect(Via.parse('SIP/2.0/UDP h;rport;branch=z').rport).toBe(true)
  expect(Via.parse('SIP/2.0/UDP h;rport=9988;branch=z').rport).toBe(9988)
  expect(Via.parse('SIP/2.0/UDP h;branch=z').rport).toBeUndefined()
  expect(Via.parse('SIP/2.0/UDP h;maddr=224.2.0.1;ttl=16')).toMatchObject({ maddr: '224.2.0.1', ttl: 16 })
  for (const bad of [
    'rport=0',
    'rport=65536',
    'rport=x',
    'ttl=256',
    'ttl=',
    'maddr=1.2.3.400',
    'received=a b',
    'branch="x"',
  ]) {
    expect(() => Via.parse(`SIP/2.0/UDP h;${bad}`), bad).toThrow(refused)
  }
})

test('M135 branch may be missing, or be only the cookie', () => {
  expect(Via.parse('SIP/2.0/UDP t1.example.org').branch).toBeUndefined()
  expect(Via.parse('SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK').branch).toBe('z9hG4bK')
})

test('M047 M073 M088 what is no Via is refused', () => {
  for (const bad of [
    '',
    'SIP/2.0/UDP',
    'SIP/2.0/UDP ',
    'SIP/2.0/UDP;branch=x',
    'SIP/2.0 UDP h',
    'SIP/2.0/ h',
    'SIP/2.0/UDP 192.0.2.15;;,;,,',
    'SIP/2.0/UDP h:0',
    'SIP/2.0/UDP h:65536',
    'SIP/2.0/UDP h:',
    'SIP/2.0/UDP h x',
    'SIP/2.0/UDP 300.1.1.1',
    'SIP/2.0/UDP [::1',
    'SIP/2.0/UDP [::1]x',
    'SIP/2.0/UDP h%41',
    'SIP/2.0/UDP h;branch=a;Branch=b',
  ]) {
    expect(() => Via.parse(bad), bad).toThrow(refused)
  }
})

test('changes name parts and keep the rest', () => {
  const via = new Via({
    protocol: 'UDP',
    host: 'h.example.com',
    port: 5060,
    params: { rport: null, branch: 'z9hG4bK1' },
  })
  expect(via.toString()).toBe('SIP/2.0/UDP h.example.com:5060;rport;branch=z9hG4bK1')
  expect(via.with({ rport: 4000, received: '192.0.2.1' }).toString()).toBe(
    'SIP/2.0/UDP h.example.com:5060;rport=4000;branch=z9hG4bK1;received=192.0.2.1',
  )
  expect(via.with({ rport: true, branch: undefined, port: undefined, protocol: 'tcp' }).toString()).toBe(
    'SIP/2.0/TCP h.example.com;rport',
  )
  expect(via.rport).toBe(true)
  const bare = Via.parse('SIP/2.0/UDP h.example.com')
  expect(bare.with({ received: '192.0.2.1' }).toString()).toBe('SIP/2.0/UDP h.example.com;received=192.0.2.1')
  expect(bare.with({ port: 5060 }).with({ branch: 'z9hG4bK1' }).toString()).toBe(
    'SIP/2.0/UDP h.example.com:5060;branch=z9hG4bK1',
  )
  expect(via.with({ params: bare.params }).toString()).toBe('SIP/2.0/UDP h.example.com:5060')
  expect(bare.with({ params: via.params }).params.toString()).toBe(';rport;branch=z9hG4bK1')
})

test('M135 a branch that is none is not written, whatever way it is given', () => {
  const via = Via.parse('SIP/2.0/UDP h.example.com;branch=z9hG4bK1')
  const wrong = expect.objectContaining({ code: 'ERR_SIP_ARGUMENT', message: 'a branch must be a token' })
  for (const branch of ['', null]) {
    expect(() => new Via({ protocol: 'UDP', host: 'h.example.com', params: { branch } })).toThrow(wrong)
    expect(() => via.with({ params: { branch } })).toThrow(wrong)
  }
  expect(() => via.with({ branch: '' })).toThrow(wrong)
})

function marked(text: string): string | undefined {
  return Via.parse(text).withSource('192.0.2.9', 6001)?.toString()
}

describe('withSource', () => {
  test('fills in a bare rport and says received behind all', () => {
    expect(marked('SIP/2.0/UDP h;rport;branch=z9hG4bK1')).toBe(
      'SIP/2.0/UDP h;rport=6001;branch=z9hG4bK1;received=192.0.2.9',
    )
    expect(marked('SIP/2.0/UDP h;branch=z9hG4bK1;RPORT')).toBe(
      'SIP/2.0/UDP h;branch=z9hG4bK1;RPORT=6001;received=192.0.2.9',
    )
    expect(Via.parse('SIP/2.0/UDP h;rport').withSource('2001:db8::1', 5060)).toMatchObject({
      received: '2001:db8::1',
      rport: 5060,
    })
  })

  test.each(['', ';branch=z9hG4bK1', ';rport=1', ';x="a;rport"', ';rport;received=192.0.2.1', ';Received=h;rport'])(
    'leaves what has no bare rport alone, or says received: h%s',
    (params) => expect(marked(`SIP/2.0/UDP h${params}`)).toBeUndefined(),
  )

  test.each(['192.0.2.9\r\nX: y', '192.0.2.9;x', '192.0.2.9 ', 'a,b', 'fe80::1%eth0', 'a\u010d\u010ab', ''])(
    'M181 writes no address that is none: %j',
    (address) => expect(Via.parse('SIP/2.0/UDP h;rport').withSource(address, 5060)).toBeUndefined(),
  )

  test.each([0, -1, 1.5, 65_536, Number.NaN])('M181 refuses what is no port: %d', (port) =>
    expect(() => Via.parse('SIP/2.0/UDP h;rport').withSource('192.0.2.9', port)).toThrow('not a port'),
  )

  test('changes what `with` would, and no more', () => {
    const param = fc.constantFrom(';rport', ';RPort', ';branch=z9hG4bK1', ';x="a;rport"', ';y', ';ttl=3', ';received=h')
    const texts = fc.uniqueArray(param, { selector: (text) => text.slice(0, 3).toLowerCase() })
    fc.assert(
      fc.property(texts, (params) => {
        const via = Via.parse(`SIP/2.0/UDP h:5070${params.join('')}`)
        const isDue = via.rport === true && via.received === undefined
        const changed = isDue ? via.with({ rport: 6001, received: '192.0.2.9' }) : undefined
        const source = via.withSource('192.0.2.9', 6001)
        expect([source?.toString(), source?.rport, source?.received, source?.branch]).toEqual([
          changed?.toString(),
          changed?.rport,
          changed?.received,
          changed?.branch,
        ])
      }),
    )
  })
})

test('M181 M182 a Via that cannot be written is refused', () => {
  const wrong = expect.objectContaining({ code: expect.stringMatching(/^ERR_SIP_(ARGUMENT|INJECTION)$/) })
  const init = { protocol: 'UDP', host: 'h' }
  for (const bad of [
    { host: 'a\r\nb' },
    { host: 'a b' },
    { protocol: 'U DP' },
    { port: 0 },
    { port: 1.5 },
    { params: { ttl: 300 } },
  ]) {
    expect(() => new Via({ ...init, ...bad })).toThrow(wrong)
    expect(() => new Via(init).with(bad)).toThrow(wrong)
  }
  for (const branch of ['x\r\ny', 'a b', '']) expect(() => new Via(init).with({ branch })).toThrow(wrong)
})

test('M190 any text is a Via or a SipParseError', () => {
  const soup = fc.array(
    fc.constantFrom('SIP', '/', '2.0', 'UDP', ' ', 'h', ':', '5060', ';', 'branch=', '"', '[::1]', ',', 'received'),
  )
  const texts = fc.oneof(
    soup.map((parts) => parts.join('')),
    fc.string().map((s) => `SIP/2.0/UDP ${s}`),
  )
  fc.assert(
    fc.property(texts, (text) => {
      expect(textOf(text)).toSatisfy((read) => read instanceof SipParseError || read === text)
    }),
  )
})

function textOf(text: string): unknown {
  try {
    return Via.parse(text).toString()
  } catch (error) {
    return error
  }
}
