#!/usr/bin/env node
// `pnpm prove:publish`: versions a copy of the repository with changesets, publishes it to a registry in memory on loopback,
// installs it from there into an empty project and runs it. Shows that a release would work without making one.
import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startStubRegistry } from './stub-registry.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'netsip-publish-'))
const copy = join(folder, 'repository')
const consumer = join(folder, 'consumer')
const registry = await startStubRegistry()
const url = `http://127.0.0.1:${registry.port}/`
const npmrc = `@netsip:registry=${url}\n//127.0.0.1:${registry.port}/:_authToken=stub\n`

function run(cwd, command, ...args) {
  console.log(`$ ${command} ${args.join(' ')}`)
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: 'inherit' })
    child.once('error', reject)
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${command} ended with ${code}`))))
  })
}

try {
  await run(root, 'git', 'clone', '-q', '.', copy)
  writeFileSync(join(copy, '.npmrc'), npmrc)
  const pm = join(copy, 'tools/pm.mjs')
  await run(copy, process.execPath, pm, 'install', '--frozen-lockfile')
  await run(copy, process.execPath, pm, 'changeset', 'version')
  await run(copy, process.execPath, pm, 'install', '--no-frozen-lockfile')
  await run(copy, process.execPath, pm, 'build')
  // private packages are left out by themselves
  await run(copy, process.execPath, pm, '-r', 'publish', '--registry', url, '--no-git-checks', '--access', 'public')

  mkdirSync(consumer)
  writeFileSync(join(consumer, '.npmrc'), npmrc)
  writeFileSync(join(consumer, 'package.json'), '{ "private": true, "type": "module" }\n')
  const names = ['message', 'media', 'phone', 'server', 'softphone'].map((name) => `@netsip/${name}`)
  await run(consumer, 'npm', 'install', '--no-audit', '--no-fund', ...names)
  cpSync(join(root, 'tools/smoke.mjs'), join(consumer, 'smoke.mjs'))
  await run(consumer, process.execPath, 'smoke.mjs')
  await run(consumer, 'npx', '--no', '--', 'softphone', '--version')
  // the declarations are read too, with the libraries of a browser and nothing of Node
  const entries = [
    'message',
    'auth',
    'transport/node',
    'transport/testing',
    'media/node',
    'phone',
    'server',
    'runtime/testing',
  ]
  writeFileSync(join(consumer, 'types.ts'), entries.map((entry) => `import '@netsip/${entry}'\n`).join(''))
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const strict = '--noEmit --strict --target es2022 --module nodenext --lib es2022,dom types.ts'
  await run(consumer, process.execPath, tsc, ...strict.split(' '))
  const installed = JSON.parse(readFileSync(join(consumer, 'node_modules/@netsip/phone/package.json'), 'utf8'))
  console.log(
    `published to loopback only: ${registry.published.join(', ')}; installed and run: @netsip/phone@${installed.version}`,
  )
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
} finally {
  registry.close()
  rmSync(folder, { recursive: true, force: true })
}
