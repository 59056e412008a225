import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import {
  Authorization,
  type Params,
  parseMessage,
  type SipMessage,
  SipParseError,
  StreamParser,
  validate,
} from './index.ts'
import { invalid } from './testing/torture-invalid.ts'
import { ipv6 } from './testing/torture-ipv6.ts'
import { semantic, valid } from './testing/torture-valid.ts'
import type { Torture } from './testing/torture.ts'

const own = [...valid, ...semantic, ...invalid, ...ipv6]

function at(message: SipMessage, path: string): unknown {
  if (path.startsWith('headers.')) return message.headers.get(path.slice(8))
  const [keys, param] = path.split('|') as [string, string | undefined]
  let value: unknown = keys.startsWith('credentials') ? { credentials: message.read(Authorization) } : message
  for (const key of keys.split('.')) value = (value as Record<string, unknown>)[key]
  return param === undefined ? value : (value as Params).get(param)
}

function attempt(data: Uint8Array, strict: boolean): SipMessage | SipParseError {
  try {
    return parseMessage(data, { strict })
  } catch (error) {
    if (error instanceof SipParseError) return error
    throw error
  }
}

// Content-Length is written as the body is.
const fields = (message: SipMessage): unknown[] =>
  [...message.headers].filter(([name]) => !/^(l|content-length)$/i.test(name))

function comesBack(message: SipMessage): boolean {
  const again = parseMessage(message.toBytes())
  const [a, b] = [message, again].map((each) => [fields(each), [...each.body], each.toString()])
  return JSON.stringify(a) === JSON.stringify(b)
}

/** What becomes of a message: refused or parsed, leniently and strictly, and what is found in it. */
function fate(data: Uint8Array): object {
  const [lenient, strict] = [attempt(data, false), attempt(data, true)]
  if (lenient instanceof SipParseError) {
    const answer = lenient.request?.createResponse(lenient.status).status
    return { refused: lenient.status, answer }
  }
  return {
    comesBack: comesBack(lenient),
    strict: strict instanceof SipParseError ? strict.status : 'parsed',
    findings: validate(lenient).map(({ header, status }) => `${header} ${status}`),
  }
}

function wanted({ outcome, findings = [] }: Torture): object {
  if (typeof outcome === 'number') return { refused: outcome, answer: outcome === 0 ? undefined : outcome }
  if (outcome === 'good')
    return { comesBack: true, strict: 'parsed', findings: findings.map((status) => `Request-URI ${status}`) }
  const found = expect.arrayContaining([`${outcome.header} 400`]) as unknown
  return { comesBack: true, strict: outcome.strict, findings: found }
}

describe('messages with the traits of RFC 4475 and RFC 5118', () => {
  test('are 61', () => {
    expect(new Set(own.map(({ name }) => name)).size).toBe(61)
    expect(ipv6).toHaveLength(12)
  })

  test.each(own.map((each) => [each.section, each.name, each] as const))('M178 M190 %s %s', (_, _name, each) => {
    const data = Buffer.from(each.text, each.name === 'mpart01' ? 'latin1' : 'utf8')
    expect(fate(data)).toEqual(wanted(each))
    const message = attempt(data, false) as SipMessage
    for (const [path, value] of Object.entries(each.says ?? {})) {
      const found = at(message, path)
      expect(typeof value === 'string' ? String(found) : found, path).toEqual(value)
    }
  })

  test('M006 M009 those that are whole come out of a stream of single octets as they are', () => {
    for (const each of own) {
      if (each.outcome !== 'good' || /dblreq|inv2543|mpart01/.test(each.name)) continue
      const parser = new StreamParser()
      const events = [...Buffer.from(each.text)].flatMap((octet) => parser.push(Uint8Array.of(octet)))
      const [event] = events
      expect(event?.type === 'message' && event.message.toBytes(), each.name).toEqual(parseMessage(each.text).toBytes())
      expect(events).toHaveLength(1)
    }
  })
})

// The originals are not ours to ship; where they lie beside the repository they are held to the same.
const originals = fileURLToPath(new URL('../../../../shared/torture', import.meta.url))

function original(name: string): Buffer | undefined {
  const file = [`${originals}/rfc4475/messages/${name}.dat`, `${originals}/rfc5118/wire-crlf-clfixed/${name}`].find(
    existsSync,
  )
  return file === undefined ? undefined : readFileSync(file)
}

describe.runIf(existsSync(originals))('the originals', () => {
  test.each(own.map((each) => [each.section, each.name, each] as const))('%s %s', (_, name, each) => {
    const data = original(name)!
    // this file of the archive lacks the empty line, which is an error of its own
    const whole = name === 'baddn' ? Buffer.concat([data, Buffer.from('\r\n')]) : data
    expect(fate(whole)).toEqual(wanted(each))
  })

  test('M191 RFC 5118 as printed: a body shorter than Content-Length gets 400', () => {
    const printed = readFileSync(`${originals}/rfc5118/wire-crlf/ipv6-in-sdp`)
    expect(attempt(printed, false)).toMatchObject({ status: 400, header: 'Content-Length' })
    const longer = parseMessage(readFileSync(`${originals}/rfc5118/wire-crlf/mult-ip-in-sdp`))
    expect(longer.body).toHaveLength(181)
  })
})
