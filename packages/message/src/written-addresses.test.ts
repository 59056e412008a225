import { describe, expect, test } from 'vitest'
import { AbsoluteUri, NameAddr, type ParamsInit, type SipRequest, SipUri, TelUri, type Uri, Via } from './index.ts'
import { holds, utf8 } from './testing/holds.ts'

type Wanted = (text: string) => unknown

// A name that is empty is none.
const orNone = (text: string): string | undefined => utf8(text) || undefined
const bare = (host: string): string => host.replace(/^\[(.*)\]$/s, '$1')
const upper = (text: string): string => text.toUpperCase()

const addressOf = (params: ParamsInit): NameAddr => new NameAddr({ uri: 'sip:h', params })

// What may stand in a quoted string as it is, and of that what an address of the usual shape holds.
const quoted = (text: string): string => text.replaceAll(/["\\;\p{Cc}]/gu, '')

function contact(make: (text: string) => NameAddr, read: (value: NameAddr) => unknown, wanted: Wanted = utf8): void {
  holds(
    (message, text) => (message.contacts = [make(text)]),
    ({ contacts }) => [contacts.length, read(contacts[0] as NameAddr)],
    { header: 'contact', wanted: (text) => [1, wanted(text)] },
  )
}

function uri<T extends Uri>(make: (text: string) => T, read: (uri: T) => unknown, wanted?: Wanted): void {
  contact(
    (text) => new NameAddr({ uri: make(text) }),
    (value) => read(value.uri as T),
    wanted,
  )
}

function top(make: (text: string) => Via, read: (via: Via) => unknown, wanted: Wanted = utf8): void {
  holds(
    (message, text) => (message.via = make(text)),
    ({ vias }) => [vias.length, read(vias[0]!)],
    { header: 'via', wanted: (text) => [2, wanted(text)] },
  )
}

describe('M181 M182 what goes into an address is refused, or comes back as it was and as nothing more', () => {
  test.each(['from', 'to'] as const)('%s', (header) => {
    expect.hasAssertions()
    const name = (message: SipRequest): string | undefined => message[header].displayName
    const named = { header, wanted: orNone }
    holds((message, displayName) => (message[header] = new NameAddr({ displayName, uri: 'sip:a@h' })), name, named)
    holds((message, displayName) => (message[header] = message[header].with({ displayName })), name, named)
    const tag = (message: SipRequest): string | undefined => message[header].tag
    holds((message, text) => (message[header] = message[header].with({ tag: text })), tag, { header })
    holds((message, text) => (message[header] = addressOf({ tag: text })), tag, { header })
    const target = (message: SipRequest): string => String(message[header].uri)
    holds((message, text) => (message[header] = new NameAddr({ uri: text })), target, { header })
    holds((message, text) => (message[header] = message[header].with({ uri: text })), target, { header })
  })

  test('parameters', () => {
    expect.hasAssertions()
    contact(
      (text) => addressOf({ p: text }),
      ({ params }) => params.get('p'),
    )
    contact(
      (text) =>
        addressOf([
          ['p', 'x'],
          ['q', text],
        ]),
      ({ params }) => [...params],
      (text) => [
        ['p', 'x'],
        ['q', utf8(text)],
      ],
    )
    contact(
      (text) => addressOf({ [text]: 'x' }),
      ({ params }) => [...params],
      (text) => [[text, 'x']],
    )
    contact(
      (text) => addressOf({ a: 'b' }).with({ params: { p: text } }),
      ({ params }) => params.get('p'),
    )
  })

  test('SIP URIs', () => {
    expect.hasAssertions()
    const base = new SipUri({ user: 'u', host: 'h' })
    for (const name of ['user', 'password'] as const) {
      uri(
        (text) => new SipUri({ user: 'u', host: 'h', [name]: text }),
        (value) => value[name],
      )
      uri(
        (text) => base.with({ [name]: text }),
        (value) => value[name],
      )
    }
    for (const make of [(host: string) => new SipUri({ host }), (host: string) => base.with({ host })]) {
      uri(make, ({ host }) => bare(host), bare)
    }
    for (const name of ['params', 'headers'] as const) {
      uri(
        (text) => new SipUri({ host: 'h', [name]: { p: text } }),
        (value) => [...value[name]],
        (text) => [['p', utf8(text)]],
      )
      uri(
        (text) => new SipUri({ host: 'h', [name]: { [text]: 'x' } }),
        (value) => [...value[name]],
        (text) => [[utf8(text), 'x']],
      )
      uri(
        (text) => base.with({ [name]: [['p', text]] }),
        (value) => value[name].get('p'),
      )
    }
    for (const name of ['transport', 'maddr', 'ttl', 'method', 'user', 'lr']) {
      uri(
        (text) => new SipUri({ host: 'h', params: { [name]: text } }),
        ({ params }) => params.get(name),
      )
      uri(
        (text) => new SipUri({ scheme: 'sips', host: 'h', params: { [name]: text } }),
        ({ params }) => params.get(name),
      )
    }
  })

  test('other URIs', () => {
    expect.hasAssertions()
    uri(
      (number) => new TelUri({ number, params: { 'phone-context': 'h' } }),
      ({ number }) => number,
    )
    uri(
      (text) => new TelUri({ number: '+1', params: { p: text } }),
      ({ params }) => params.get('p'),
    )
    uri(
      (text) => new TelUri({ number: '1', params: { 'phone-context': text } }),
      ({ params }) => params.get('phone-context'),
    )
    uri(
      (rest) => new AbsoluteUri({ scheme: 'urn', rest }),
      ({ rest }) => rest,
    )
    uri(
      (scheme) => new AbsoluteUri({ scheme, rest: 'x' }),
      ({ scheme }) => scheme,
      (text) => text.toLowerCase(),
    )
  })

  test('routes', () => {
    expect.hasAssertions()
    for (const name of ['routes', 'recordRoutes'] as const) {
      holds(
        (message, displayName) => (message[name] = [new NameAddr({ displayName, uri: 'sip:h;lr' })]),
        (message) => message[name].map((value) => value.displayName),
        { header: name === 'routes' ? 'route' : 'record-route', wanted: (text) => [orNone(text)] },
      )
    }
  })
})

describe('M181 M182 what goes into the top Via is refused, or comes back as it was and as nothing more', () => {
  const base = new Via({ protocol: 'UDP', host: 'h' })

  test('protocol and host', () => {
    expect.hasAssertions()
    top(
      (protocol) => new Via({ protocol, host: 'h' }),
      ({ protocol }) => protocol,
      upper,
    )
    top(
      (protocol) => base.with({ protocol }),
      ({ protocol }) => protocol,
      upper,
    )
    top(
      (host) => new Via({ protocol: 'UDP', host }),
      ({ host }) => bare(host),
      bare,
    )
    top(
      (host) => base.with({ host }),
      ({ host }) => bare(host),
      bare,
    )
  })

  test('parameters', () => {
    expect.hasAssertions()
    top(
      (branch) => base.with({ branch }),
      ({ branch }) => branch,
    )
    top(
      (received) => base.with({ received }),
      ({ received }) => received,
      bare,
    )
    for (const name of ['x', 'branch', 'maddr', 'ttl', 'rport', 'received']) {
      top(
        (text) => base.with({ params: { [name]: text } }),
        ({ params }) => params.get(name),
      )
      top(
        (text) => new Via({ protocol: 'UDP', host: 'h', params: { [name]: text } }),
        ({ params }) => params.get(name),
      )
    }
    top(
      (text) => base.with({ params: { [text]: 'x' } }),
      ({ params }) => [...params],
      (text) => [[text, 'x']],
    )
  })
})

test('M181 M182 what was read elsewhere does not become more in a Via', () => {
  expect.hasAssertions()
  top(
    (text) => new Via({ protocol: 'UDP', host: 'h', params: NameAddr.parse(`<sip:h>;p="${quoted(text)}"`).params }),
    (via) => via.params.get('p'),
    (text) => utf8(quoted(text)),
  )
  top(
    (text) => Via.parse('SIP/2.0/UDP h').with({ params: NameAddr.parse(`<sip:h>;p="${quoted(text)}"`).params }),
    (via) => via.params.get('p'),
    (text) => utf8(quoted(text)),
  )
  // of these the low octets are those of CR and LF
  top(
    () => Via.parse('SIP/2.0/UDP h;p=\u010d\u010aX:1').with({ received: '192.0.2.1' }),
    (via) => [via.params.get('p'), via.received],
    () => ['\u010d\u010aX:1', '192.0.2.1'],
  )
})
