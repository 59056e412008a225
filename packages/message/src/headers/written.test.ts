import { describe, expect, test } from 'vitest'
import {
  DigestChallenge,
  type DigestChallengeInit,
  DigestCredentials,
  type DigestCredentialsInit,
  NameAddr,
  Params,
  type SipRequest,
} from '../index.ts'
import { headerSamples } from '../testing/header-samples.ts'
import { holds, invite, trimmed, utf8 } from '../testing/holds.ts'

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype

// What a value says, fields that are not there left out. Many words are the same in any case.
function said(value: unknown): string {
  return JSON.stringify(value, plain).toLowerCase()
}

function plain(_: string, field: unknown): unknown {
  const isText = [Params, NameAddr, DigestChallenge, DigestCredentials].some((type) => field instanceof type)
  return typeof field === 'number' || isText ? String(field) : field
}

type Change = (text: string) => unknown

// Each place in a value where a text can go.
function changes(value: unknown): Change[] {
  if (typeof value === 'string') return [trimmed]
  if (typeof value === 'number') return [Number]
  if (typeof value === 'boolean') return [(text) => text.length > 3]
  if (Array.isArray(value)) return [(text) => ['x', text]]
  if (value instanceof Date) return [(text) => new Date(1000 * Number(text))]
  if (value instanceof Params) return [(text) => value.with('p', text)]
  if (value instanceof NameAddr) return [(text) => value.with({ params: { p: text } })]
  if (value instanceof DigestChallenge)
    return [(text) => new DigestChallenge({ ...(value as DigestChallengeInit), realm: text })]
  if (value instanceof DigestCredentials)
    return [(text) => new DigestCredentials({ ...(value as DigestCredentialsInit), realm: text })]
  return fieldChanges(value as Record<string, unknown>)
}

function fieldChanges(value: Record<string, unknown>): Change[] {
  const found: Change[] = []
  for (const [field, old] of Object.entries(value)) {
    if (typeof old === 'string') found.push((text) => ({ ...value, [field]: text }))
    if (typeof old === 'number') found.push((text) => ({ ...value, [field]: Number(text) }))
    // in a parameter that the header has a field for
    if ('params' in value) found.push((text) => ({ ...value, params: Params.of({ [field]: text }) }))
  }
  if ('params' in value) found.push((text) => ({ ...value, params: Params.of({ p: text }) }))
  return found
}

describe('M181 M182 what goes into a header is refused, or comes back as it was and as nothing more', () => {
  test.each(headerSamples.map(([header, ...rows]) => [header.name, header, rows] as const))(
    '%s',
    (name, header, rows) => {
      expect.hasAssertions()
      const read = (message: SipRequest): unknown => (header.list ? message.read(header) : [message.read(header)])
      const put = (change: (text: string) => unknown): void =>
        holds(
          (message, text) =>
            header.list ? message.write(header, [change(text)]) : message.write(header, change(text)),
          (message) => said(read(message)),
          { header: name.toLowerCase(), wanted: (text) => said([change(utf8(text))]) },
        )
      const message = invite()
      for (const row of rows) message.headers.append(name, row)
      const [value] = read(message) as unknown[]
      for (const change of changes(value)) put(change)
    },
  )

  test.each(['realm', 'nonce', 'opaque', 'algorithm', 'domain'] as const)('%s of a challenge', (field) => {
    expect.hasAssertions()
    const challenge = { kind: 'www', realm: 'r', nonce: 'n' } as const
    holds(
      ({ headers }, text) =>
        headers.set('WWW-Authenticate', String(new DigestChallenge({ ...challenge, [field]: text }))),
      ({ headers }) => DigestChallenge.parse(headers.get('WWW-Authenticate')!, 'www').params.get(field),
      { header: 'www-authenticate' },
    )
  })

  const ofCredentials = [
    'username',
    'realm',
    'nonce',
    'uri',
    'response',
    'opaque',
    'algorithm',
    'cnonce',
    'qop',
  ] as const
  test.each(ofCredentials)('%s of credentials', (field) => {
    expect.hasAssertions()
    const credentials = { kind: 'www', realm: 'r', nonce: 'n', username: 'u', uri: 'sip:h', response: 'x' } as const
    for (const extendedUsername of [false, true]) {
      holds(
        ({ headers }, text) =>
          headers.set(
            'Authorization',
            String(new DigestCredentials({ ...credentials, extendedUsername, [field]: text })),
          ),
        ({ headers }) => DigestCredentials.parse(headers.get('Authorization')!, 'www')[field],
        { header: 'authorization' },
      )
    }
  })

  test('each header that has a descriptor is here', async () => {
    const api: Record<string, unknown> = { ...(await import('../index.ts')) }
    const described = Object.values(api).filter((value) => isPlain(value) && 'format' in value && 'list' in value)
    expect(new Set(headerSamples.map(([header]) => header))).toEqual(new Set(described))
  })
})
