// `pnpm bench [NAME...]`: runs the named benchmarks, or all of them, one after the other.
import { readdirSync } from 'node:fs'

const folder = new URL('.', import.meta.url)
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => file.slice(0, -'.bench.ts'.length))
const wanted = process.argv.slice(2).filter((argument) => argument !== '--')
const unknown = wanted.filter((name) => !names.includes(name))

if (unknown.length > 0) {
  console.error(`no benchmark is called ${unknown.join(', ')}; there are: ${names.join(', ')}`)
  process.exitCode = 2
} else {
  for (const name of names.filter((name) => wanted.length === 0 || wanted.includes(name))) {
    console.log(`\n# ${name}\n`)
    const { run } = (await import(new URL(`${name}.bench.ts`, folder).href)) as { run: () => Promise<void> }
    await run()
  }
}
