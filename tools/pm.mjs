#!/usr/bin/env node
// Runs the pnpm that package.json pins on a machine that has only Node and npm, installing nothing globally:
// `npm start` -> `node tools/pm.mjs run demo`. pnpm then installs missing dependencies (verifyDepsBeforeRun).
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const pinned = manifest.packageManager.split('+')[0]
const windows = process.platform === 'win32'

function pnpm() {
  const running = process.env.npm_execpath
  const insidePnpm = running && process.env.npm_config_user_agent?.startsWith('pnpm/')
  if (!insidePnpm) return [windows ? 'npx.cmd' : 'npx', ['--yes', '--prefer-offline', pinned]]
  return /\.[cm]?js$/.test(running) ? [process.execPath, [running]] : [running, []]
}

const [command, prefix] = pnpm()
const child = spawn(command, [...prefix, ...process.argv.slice(2)], {
  stdio: 'inherit',
  shell: windows,
  env: { ...process.env, npm_config_update_notifier: 'false', TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' },
})
// A terminal sends Ctrl+C to the whole process group; a plain `kill` reaches only us and is passed on.
process.on('SIGINT', () => {})
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('error', (error) => {
  console.error(`cannot run ${pinned}: ${error.message}`)
  process.exit(1)
})
child.on('exit', (code, signal) => {
  if (signal) process.kill(process.pid, signal)
  else process.exit(code ?? 1)
})
