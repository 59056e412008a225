// `pnpm bench [NAME [PART...]]...`: runs the named benchmarks, or all of them, one after the other; of one with parts only those
// that are named after it.
import { readdirSync } from 'node:fs'

interface Bench {
  run(parts: readonly string[]): Promise<void>
  readonly parts?: Readonly<Record<string, unknown>>
}

const folder = new URL('.', import.meta.url)
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => file.slice(0, -'.bench.ts'.length))

const load = (name: string): Promise<Bench> => import(new URL(`${name}.bench.ts`, folder).href) as Promise<Bench>

/** What was asked for: each benchmark with the parts named after it. Says what is unknown instead. */
async function orders(): Promise<Map<string, string[]> | string> {
  const wanted = new Map<string, string[]>()
  let last = ''
  for (const argument of process.argv.slice(2).filter((text) => text !== '--')) {
    if (names.includes(argument)) {
      last = argument
      wanted.set(last, [])
    } else if (last === '') {
      return `no benchmark is called ${argument}; there are: ${names.join(', ')}`
    } else {
      const known = Object.keys((await load(last)).parts ?? {})
      if (!known.includes(argument)) {
        return `neither a benchmark nor a part of ${last} is called ${argument}; its parts: ${known.join(', ') || 'none'}`
      }
      wanted.get(last)?.push(argument)
    }
  }
  return wanted.size > 0 ? wanted : new Map(names.map((name) => [name, []]))
}

const wanted = await orders()
if (typeof wanted === 'string') {
  console.error(wanted)
  process.exitCode = 2
} else {
  for (const [name, parts] of wanted) {
    console.log(`\n# ${name}\n`)
    await (await load(name)).run(parts)
  }
}
