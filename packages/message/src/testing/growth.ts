// Prints how much more CPU each nasty message takes when it is eight times as long, and the same for text that each of the
// usual shapes is matched against. A process of its own: CPU is counted by process, and a test run has threads beside it.
import * as shapes from '../grammar/usual-shape.ts'
import { parseMessage, redactedText, SipParseError, StreamParser, validate } from '../index.ts'
import { headerSamples } from './header-samples.ts'
import { nasty } from './nasty.ts'

const FACTOR = 8
// Only what seems to grow too fast is tried so often: the machine may be busy for longer than a few tries take.
const TRIES = 40
// Octets of a stream that come at once.
const PIECE = 64
// Microseconds of CPU that are long enough to be measured.
const MEASURABLE = 3000
const wide = { maxHeaders: 1e6, maxLine: 1e7, maxHeaderSection: 1e8, maxMessage: 1e8, maxBody: 1e8, maxVias: 1e6 }

function useAll(data: Uint8Array): void {
  attempt(() => {
    const message = parseMessage(data, wide)
    validate(message)
    message.inspect()
    redactedText(message)
    message.toBytes()
    message.toBytes({ compact: true })
    for (const read of [() => message.vias, () => message.to.uri, () => message.contacts]) attempt(read)
    for (const [header] of headerSamples) attempt(() => (header.list ? message.read(header) : message.read(header)))
  })
  new StreamParser(wide).push(data)
  const inPieces = new StreamParser({ ...wide, strict: true })
  for (let at = 0; at < data.length; at += PIECE) inPieces.push(data.subarray(at, at + PIECE))
}

function attempt(run: () => unknown): void {
  try {
    run()
  } catch (error) {
    if (!(error instanceof SipParseError)) throw error
  }
}

// The least of some tries, as many as it takes to see that nothing is wrong.
function growth(run: (length: number) => () => void, length: number, enough: number): number {
  const [short, long] = [run(length), run(length * FACTOR)]
  // not measured: code that is not compiled yet is slow at any length
  perRun(short)
  const best = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY] as [number, number]
  for (let i = 0; i < TRIES && !(best[1] / best[0] < enough); i++) {
    best[0] = Math.min(best[0], perRun(short))
    best[1] = Math.min(best[1], perRun(long))
  }
  return best[1] / best[0]
}

function perRun(run: () => void): number {
  for (let runs = 1; ; runs *= 2) {
    const start = cpu()
    for (let i = 0; i < runs; i++) run()
    const used = cpu() - start
    if (used >= MEASURABLE) return used / runs
  }
}

function cpu(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

// Every beginning, followed by one or two characters again and again, and then by what does not fit.
const chars = 'a1-.;=:@<>"% ,\t['
const beginnings = [
  '',
  'SIP/2.0/UDP a',
  'SIP/2.0/UDP a;',
  'SIP/2.0/UDP ',
  'sip:',
  'sip:a@',
  'sip:a;',
  'sip:a@a;b=',
  '"',
  '<sip:',
]
beginnings.push('<sip:a@', '<sip:a>', '<sip:a>;', '<sip:a;', 'a <sip:a@b>;tag=a', '<sip:a>;b="')
const ends = ['', '!', '"', '\0', '>', ';;', ' <', '@']
const pumps = Array.from(chars).flatMap((one) => [one, ...Array.from(chars, (two) => one + two)])

/** The texts, of all above, on which a shape takes longest: its maker by a name. Timed again, as other things come between. */
function slowest(shape: RegExp): [name: string, make: (length: number) => string][] {
  const found = beginnings.flatMap((begin) =>
    ends.flatMap((end) =>
      pumps.map((pump) => {
        const make = (length: number): string => begin + pump.repeat(length / pump.length) + end
        return { name: JSON.stringify([begin, pump, end]), make, time: timeOf(shape, make(1000)) }
      }),
    ),
  )
  const some = found.sort((a, b) => b.time - a.time).slice(0, 300)
  for (const each of some)
    for (let i = 0; i < TRIES; i++) each.time = Math.min(each.time, timeOf(shape, each.make(1000)))
  return some
    .sort((a, b) => b.time - a.time)
    .slice(0, 8)
    .map(({ name, make }) => [name, make])
}

function timeOf(shape: RegExp, text: string): number {
  const start = process.hrtime.bigint()
  shape.test(text)
  return Number(process.hrtime.bigint() - start)
}

const enough = Number(process.argv[2])
// What this would print of a shape with nested repetition.
const results: Record<string, number> = {
  'a quadratic one': growth((length) => () => void /^a*a*b/.test('a'.repeat(length)), 1000, 0),
}
for (const [name, make] of Object.entries(nasty)) {
  const run = (length: number): (() => void) => {
    const data = Buffer.from(make(length), 'latin1')
    return () => useAll(data)
  }
  results[name] = growth(run, 4096, enough)
}
for (const [name, shape] of Object.entries<unknown>({ ...shapes })) {
  if (!(shape instanceof RegExp)) continue
  for (const [text, make] of slowest(shape)) {
    const run = (length: number): (() => void) => {
      const long = make(length)
      return () => void shape.test(long)
    }
    results[`${name} ${text}`] = growth(run, 1000, enough)
  }
}
process.stdout.write(JSON.stringify(results))
