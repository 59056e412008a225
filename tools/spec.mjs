#!/usr/bin/env node
// `pnpm spec [PACKAGE...]`: how many of a package's rules (the ids in its SPEC.md) are named by the title of a passing test.
// `--report FILE` reads the JSON report of a run that was made already instead of running the tests.
// A rule whose line says "out of scope" is set aside; `--missing` lists the rules no passing test names.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const id = /\b[SMTXDRA]\d{3}[a-z]?\b/g
const listMissing = process.argv.includes('--missing')
const reportAt = process.argv.indexOf('--report')
const given = reportAt < 0 ? undefined : process.argv[reportAt + 1]
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('-') && argument !== given)
const packages = readdirSync(join(root, 'packages'))
  .filter((name) => wanted.length === 0 || wanted.includes(name))
  .filter((name) => existsSync(join(root, 'packages', name, 'SPEC.md')))

/** Ids of the rules in a SPEC.md: those that open a list item. */
function rulesOf(name) {
  const rules = new Map()
  for (const line of readFileSync(join(root, 'packages', name, 'SPEC.md'), 'utf8').split('\n')) {
    const rule = /^\s*- ([SMTXDRA]\d{3}[a-z]?)\b(.*)/.exec(line)
    if (rule) rules.set(rule[1], /out of scope/i.test(rule[2]) ? 'out' : rule[2].trim())
  }
  return rules
}

/** What vitest says of every test of these packages. */
function runTests(names) {
  const folder = mkdtempSync(join(tmpdir(), 'netsip-spec-'))
  const file = join(folder, 'report.json')
  const projects = names.flatMap((name) => ['--project', name])
  console.error(`running the tests of ${names.join(', ')} ...`)
  spawnSync('vitest', ['run', ...projects, '--reporter=json', `--outputFile=${file}`], { cwd: root, stdio: 'ignore' })
  const report = readFileSync(file, 'utf8')
  rmSync(folder, { recursive: true, force: true })
  return report
}

/** Titles of the passing tests, by package. */
function passingTitles(names) {
  const report = JSON.parse(given ? readFileSync(given, 'utf8') : runTests(names))
  const titles = new Map(names.map((name) => [name, []]))
  for (const { name: path, assertionResults } of report.testResults) {
    const owner = names.find((name) => path.includes(`/packages/${name}/`))
    for (const test of assertionResults) if (test.status === 'passed') titles.get(owner)?.push(test.fullName)
  }
  return titles
}

const titles = passingTitles(packages)
for (const name of packages) {
  const rules = rulesOf(name)
  const shown = new Set((titles.get(name) ?? []).flatMap((title) => title.match(id) ?? []))
  const inScope = [...rules].filter(([, text]) => text !== 'out')
  const missing = inScope.filter(([rule]) => !shown.has(rule))
  const aside = rules.size - inScope.length
  console.log(
    `${name.padEnd(11)} ${inScope.length - missing.length} of ${inScope.length} rules shown by a passing test, ${aside} out of scope`,
  )
  if (listMissing) for (const [rule, text] of missing) console.log(`  ${rule} ${text.slice(0, 110)}`)
  else if (missing.length > 0) console.log(`  missing: ${missing.map(([rule]) => rule).join(' ')}`)
}
