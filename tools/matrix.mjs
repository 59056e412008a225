#!/usr/bin/env node
// `pnpm test:matrix`: packs every package, installs the tarballs into an empty project outside the workspace, and runs
// them as ESM and through require() on each runtime. Needs the registry for the runtimes themselves.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const runtimes = [
  { name: 'node 20.19', command: ['npx', '-y', 'node@20.19.0'], require: true },
  { name: 'node 20', command: ['npx', '-y', 'node@20'], require: true },
  { name: 'node 22', command: ['npx', '-y', 'node@22'], require: true },
  { name: 'node 24', command: ['npx', '-y', 'node@24'], require: true },
  { name: 'node 26', command: ['npx', '-y', 'node@26'], require: true },
  { name: 'bun', command: ['npx', '-y', 'bun', 'run'], require: true },
  { name: 'deno', command: ['npx', '-y', 'deno', 'run', '-A'], require: false },
]
const only = process.argv.slice(2)
const names = readdirSync(join(root, 'packages'))
const folder = mkdtempSync(join(tmpdir(), 'netsip-matrix-'))

execFileSync(process.execPath, [join(root, 'tools/pm.mjs'), 'build', '--filter=./packages/*'], {
  cwd: root,
  stdio: 'inherit',
})
const dependencies = {}
for (const name of names) {
  const out = execFileSync(process.execPath, [join(root, 'tools/pm.mjs'), 'pack', '--pack-destination', folder], {
    cwd: join(root, 'packages', name),
    encoding: 'utf8',
  })
  dependencies[`@netsip/${name}`] = `file:${out.trim().split('\n').at(-1)}`
}
// npm resolves the packages' own dependencies on each other to the same tarballs
writeFileSync(
  join(folder, 'package.json'),
  JSON.stringify({ private: true, type: 'module', dependencies, overrides: dependencies }, null, 2),
)
execFileSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder, stdio: 'inherit' })

const smoke = readFileSync(join(root, 'tools/smoke.mjs'), 'utf8')
writeFileSync(join(folder, 'smoke.mjs'), smoke)
writeFileSync(
  join(folder, 'smoke.cjs'),
  `const names = ${JSON.stringify(names)}
for (const name of names) if (Object.keys(require('@netsip/' + name)).length === 0) throw new Error(name + ' exports nothing')
console.log('require() of ' + names.length + ' packages: ok')\n`,
)

let failed = false
for (const runtime of runtimes.filter(({ name }) => only.length === 0 || only.includes(name))) {
  for (const file of ['smoke.mjs', ...(runtime.require ? ['smoke.cjs'] : [])]) {
    const [command, ...args] = runtime.command
    const { status, stdout, stderr } = spawnSync(command, [...args, file], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 120_000,
    })
    failed ||= status !== 0
    console.log(
      `${status === 0 ? 'ok  ' : 'FAIL'}  ${runtime.name}  ${file}  ${status === 0 ? stdout.trim().split('\n').at(-1) : stderr.trim()}`,
    )
  }
}
rmSync(folder, { recursive: true, force: true })
process.exit(failed ? 1 : 0)
