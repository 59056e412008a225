#!/usr/bin/env node
// `pnpm test:matrix [NAME...]`: packs every package and the softphone, installs the tarballs into an empty project outside the
// workspace, and runs them there as ESM, through require() and as a command on each runtime. Those come from the npm registry.
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const programs = { 'smoke.mjs': [], 'smoke.cjs': [], 'node_modules/@netsip/softphone/bin/softphone.js': ['--version'] }
const runtimes = [
  ...['20.19.0', '20', '22', '24', '26'].map((version) => ({ name: `node ${version}`, command: [`node@${version}`] })),
  { name: 'bun', command: ['bun'] },
  { name: 'deno', command: ['deno'], run: ['run', '--allow-all'] },
]
const wanted = process.argv.slice(2)
const chosen = runtimes.filter(({ name }) => wanted.length === 0 || wanted.some((word) => name.startsWith(word)))

const folder = mkdtempSync(join(tmpdir(), 'netsip-matrix-'))
const inFolder = { cwd: folder, encoding: 'utf8' }
const pm = (cwd, ...args) =>
  execFileSync(process.execPath, [join(root, 'tools/pm.mjs'), ...args], { cwd, stdio: ['ignore', 'ignore', 'inherit'] })

/** Packs what is published. @returns the tarballs, by the names of the packages */
function pack() {
  pm(root, '-r', '--filter', './packages/*', '--filter', './apps/softphone', 'pack', '--pack-destination', folder)
  const files = readdirSync(folder).filter((file) => file.endsWith('.tgz'))
  return Object.fromEntries(
    files.map((file) => [file.replace(/^netsip-(.+)-\d.*$/, '@netsip/$1'), `file:${join(folder, file)}`]),
  )
}

/** An empty project with the tarballs; npm resolves what the packages need of each other to the same ones. */
function install(tarballs) {
  const libraries = Object.keys(tarballs).filter((name) => name !== '@netsip/softphone')
  const manifest = { private: true, dependencies: tarballs, overrides: tarballs }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest, null, 2))
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder, stdio: 'inherit' })
  copyFileSync(join(root, 'tools/smoke.mjs'), join(folder, 'smoke.mjs'))
  writeFileSync(
    join(folder, 'smoke.cjs'),
    `const names = ${JSON.stringify(libraries)}
for (const name of names) if (Object.keys(require(name)).length === 0) throw new Error(name + ' exports nothing')
console.log('require() of ' + names.length + ' packages: ok')\n`,
  )
}

/** Runs a program. @returns the first line it printed, or what went wrong */
function run([command, ...args], timeout) {
  const { status, stdout, stderr, error } = spawnSync('npx', ['--yes', command, ...args], { ...inFolder, timeout })
  const said = status === 0 ? stdout.trim().split('\n')[0] : (error?.message ?? stderr.trim())
  return { ok: status === 0, said }
}

/** @returns whether all programs ran on this runtime */
function tryOn({ name, command, run: flags = [] }) {
  // the first run may have to fetch it
  const fetched = run([...command, '--version'], 600_000)
  console.log(`${fetched.ok ? '    ' : 'FAIL'}  ${name}: ${fetched.said}`)
  if (!fetched.ok) return false
  const results = Object.entries(programs).map(([file, args]) => {
    const { ok, said } = run([...command, ...flags, file, ...args], 120_000)
    console.log(`${ok ? 'ok  ' : 'FAIL'}  ${name}: ${file}: ${said}`)
    return ok
  })
  return results.every(Boolean)
}

try {
  console.log('building and packing ...')
  pm(root, 'build')
  install(pack())
  if (!chosen.map(tryOn).every(Boolean)) process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
