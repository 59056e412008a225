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

/** Packs one package. @returns where its tarball is */
function pack(path) {
  const before = new Set(readdirSync(folder))
  pm(join(root, path), 'pack', '--pack-destination', folder)
  return `file:${join(
    folder,
    readdirSync(folder).find((file) => !before.has(file)),
  )}`
}

/** An empty project with the tarballs; npm resolves what the packages need of each other to the same ones. */
function install(names) {
  const tarballs = Object.fromEntries(names.map((name) => [`@netsip/${name}`, pack(`packages/${name}`)]))
  const dependencies = { ...tarballs, '@netsip/softphone': pack('apps/softphone') }
  const manifest = { private: true, dependencies, overrides: tarballs }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest, null, 2))
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder, stdio: 'inherit' })
  copyFileSync(join(root, 'tools/smoke.mjs'), join(folder, 'smoke.mjs'))
  writeFileSync(
    join(folder, 'smoke.cjs'),
    `const names = ${JSON.stringify(names)}
for (const name of names) if (Object.keys(require('@netsip/' + name)).length === 0) throw new Error(name + ' exports nothing')
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
  install(readdirSync(join(root, 'packages')))
  if (!chosen.map(tryOn).every(Boolean)) process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
