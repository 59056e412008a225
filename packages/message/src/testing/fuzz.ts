// `pnpm --filter @netsip/message fuzz [COUNT] [SEED]`: a million mutated messages by default. Ends with 1 and the message
// at the first that makes anything but SipParseError come out, or that takes longer than a message may.
import { corpus } from './corpus.ts'
import { exercise } from './exercise.ts'
import { mutate, seeded } from './mutate.ts'

// ms
const SLOWEST = 50
const [count = 1_000_000, seed = Date.now() % 1_000_000] = process.argv
  .slice(2)
  .filter((each) => each !== '--')
  .map(Number)
const random = seeded(seed)
const say = (line: string): void => void process.stdout.write(`${line}\n`)

// Milliseconds of CPU; one that looks slow is timed again, as it may have met a garbage collection.
function time(data: Uint8Array): number {
  let best = Number.POSITIVE_INFINITY
  for (let tries = 0; tries < 5 && best > SLOWEST / 10; tries++) {
    const before = cpu()
    exercise(data)
    best = Math.min(best, cpu() - before)
  }
  if (best > SLOWEST) throw new Error(`it took ${best.toFixed(0)} ms of CPU`)
  return best
}

function cpu(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

say(`${count} mutations of ${corpus.length} messages, seed ${seed}`)
let slowest = 0
for (let i = 0; i < count; i++) {
  const data = mutate(corpus[random(corpus.length)]!, corpus, random)
  try {
    slowest = Math.max(slowest, time(data))
  } catch (error) {
    say(`mutation ${i} of seed ${seed}: ${String(error)}\n${JSON.stringify(Buffer.from(data).toString('latin1'))}`)
    throw error
  }
  if ((i + 1) % 100_000 === 0) say(`${i + 1} done, the slowest took ${slowest.toFixed(1)} ms of CPU`)
}
if (Object.keys(Object.prototype).length > 0) throw new Error('Object.prototype was written to')
say('nothing but SipParseError came out')
