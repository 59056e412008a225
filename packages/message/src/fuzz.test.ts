import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CSeq, NameAddr, parseMessage, parseUri, SipParseError, StreamParser, validate, Via } from './index.ts'
import { corpus } from './testing/corpus.ts'
import { exercise } from './testing/exercise.ts'
import { mutate, seeded } from './testing/mutate.ts'
import { wire } from './testing/samples.ts'

// generous, as the machine may be busy
const TIMEOUT = 60_000

test('M190 mutated messages make nothing but SipParseError come out', { timeout: TIMEOUT }, () => {
  const random = seeded(20_261_122)
  for (let i = 0; i < 2000; i++) {
    const data = mutate(corpus[random(corpus.length)]!, corpus, random)
    expect(() => exercise(data), JSON.stringify(Buffer.from(data).toString('latin1'))).not.toThrow()
  }
  expect(Object.keys(Object.prototype)).toEqual([])
})

test('M190 any octets are a message or a SipParseError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (data) => {
      expect(thrown(() => exercise(data))).toBeUndefined()
    }),
  )
})

test('M190 any text is a value or a SipParseError', () => {
  const readers = [NameAddr, Via, CSeq].map(
    (type) =>
      (text: string): unknown =>
        type.parse(text),
  )
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...Array.from('<>;,:@"\\%[]=? \taz09*')) })),
      (text) => {
        for (const read of [...readers, parseUri]) expect(thrown(() => read(text))).toSatisfy(isExpected)
      },
    ),
  )
})

function thrown(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  return undefined
}

const isExpected = (error: unknown): boolean => error === undefined || error instanceof SipParseError

const wide = { maxHeaders: 1e6, maxLine: 1e7, maxHeaderSection: 1e8, maxMessage: 1e8, maxBody: 1e8, maxVias: 1e6 }
const request = (...lines: string[]): string =>
  wire(['OPTIONS sip:h SIP/2.0', 'Via: SIP/2.0/UDP h;branch=z9hG4bK1', ...lines])

const nasty: [name: string, make: (n: number) => string][] = [
  ['many headers', (n) => request(...Array.from({ length: n / 8 }, () => 'a: b'))],
  ['many headers of one name', (n) => request(...Array.from({ length: n / 16 }, () => 'Subject: b'))],
  ['many folds', (n) => request(`Subject: ${'x\r\n '.repeat(n / 4)}`)],
  ['many bare LF', (n) => request(`Subject: ${'x\n '.repeat(n / 4)}`)],
  ['many params', (n) => request(`To: <sip:h>${Array.from({ length: n / 8 }, (_, i) => `;p${i}=1`).join('')}`)],
  ['many list elements', (n) => request(`Supported: ${'a,'.repeat(n / 2)}a`)],
  ['many Vias', (n) => request(`Via: ${'SIP/2.0/UDP h,'.repeat(n / 16)}SIP/2.0/UDP h`)],
  ['many quotes', (n) => request(`To: ${'"\\""'.repeat(n / 4)} <sip:h>`)],
  ['many backslashes', (n) => request(`To: "${'\\'.repeat(n)}`)],
  ['many brackets', (n) => request(`To: ${'<'.repeat(n)}`)],
  ['many parentheses', (n) => request(`Retry-After: 5 ${'('.repeat(n)}`)],
  ['many percent signs', (n) => request(`To: <sip:${'%41'.repeat(n / 3)}@h>`)],
  ['many spaces', (n) => request(`To: ${' '.repeat(n)}x`)],
  ['many commas', (n) => request(`Contact: ${','.repeat(n)}`)],
  ['a line without end', (n) => `OPTIONS sip:h SIP/2.0\r\nSubject: ${'x'.repeat(n)}`],
  ['lines that are none', (n) => `OPTIONS sip:h SIP/2.0\r\n${'a\n'.repeat(n / 2)}`],
  ['carriage returns', (n) => `OPTIONS sip:h SIP/2.0\r\nSubject: ${'\r'.repeat(n)}`],
  [
    'many body parts',
    (n) => `${request('Content-Type: multipart/mixed;boundary=b')}${'--b\r\n\r\n'.repeat(n / 8)}--b--`,
  ],
]

function useAll(data: Uint8Array): void {
  thrown(() => {
    const message = parseMessage(data, wide)
    validate(message)
    message.inspect()
    message.toBytes()
    for (const read of [() => message.vias, () => message.to, () => message.contacts, () => message.supported])
      thrown(read)
  })
  new StreamParser(wide).push(data)
}

describe('M189 time grows with length and no faster', () => {
  test.each(nasty)('%s', { timeout: TIMEOUT }, (_, make) => {
    const [short, long] = [4096, 32_768].map((n) => Buffer.from(make(n), 'latin1')) as [Buffer, Buffer]
    useAll(short)
    expect(perRun(long) / perRun(short)).toBeLessThan(12)
  })
})

// CPU time of one run: as many runs as make it measurable, the best of five.
function perRun(data: Uint8Array): number {
  let runs = 1
  while (cpuOf(data, runs) < 4000) runs *= 2
  return Math.min(...Array.from({ length: 5 }, () => cpuOf(data, runs))) / runs
}

function cpuOf(data: Uint8Array, runs: number): number {
  const before = process.cpuUsage()
  for (let i = 0; i < runs; i++) useAll(data)
  const { user, system } = process.cpuUsage(before)
  return user + system
}
