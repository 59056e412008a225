import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const pm = fileURLToPath(new URL('pm.mjs', import.meta.url))

// Stands where npx is: says what it is to run, and runs it in a shell, as npx does, with a pnpm that waits to be ended.
const npx = `#!/usr/bin/env node
const { spawn } = require('node:child_process')
const line = process.argv.find((arg) => arg.startsWith('--call=')).slice('--call='.length)
const env = { ...process.env, npm_config_call: line, npm_config_package: 'pnpm' }
const child = spawn('sh', ['-c', line], { stdio: 'inherit', env })
process.on('SIGTERM', () => child.kill('SIGTERM'))
child.on('exit', (code) => process.exit(code ?? 1))
`
const pnpm = `#!/usr/bin/env node
const { npm_config_call, npm_config_package } = process.env
console.log(JSON.stringify([...process.argv.slice(2), npm_config_call, npm_config_package]))
const held = setInterval(() => {}, 60000)
process.on('SIGTERM', () => { console.log('ended'); clearInterval(held) })
`

function folderWith(commands: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'netsip-pm-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(commands)) {
    writeFileSync(join(folder, name), text)
    chmodSync(join(folder, name), 0o755)
  }
  return folder
}

test.skipIf(process.platform === 'win32')(
  'npm that is ended alone takes with it what it runs; pnpm gets its arguments as they are, and nothing of npx',
  async () => {
    const { npm_execpath: _, ...env } = process.env
    const path = `${folderWith({ npx, pnpm })}:${env['PATH']}`
    const asNpm = { npm_config_user_agent: 'npm/11.0.0 node/v20.0.0', npm_command: 'start', PATH: path }
    // As npm does it; what follows the command keeps the shell from putting it in its place.
    const script = `"$NODE" "$PM" run "it's" '$HOME'; exit $?`
    const shell = spawn('sh', ['-c', script], {
      env: { ...env, ...asNpm, NODE: process.execPath, PM: pm },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const said: string[] = []
    for await (const line of createInterface({ input: shell.stdout })) {
      said.push(line)
      if (said.length === 1) shell.kill('SIGTERM')
    }
    expect(said).toEqual([`["run","it's","$HOME",null,null]`, 'ended'])
    expect(shell.signalCode).toBe('SIGTERM')
  },
)
