#!/usr/bin/env node
// Runs the pnpm that package.json pins on a machine that has only Node and npm, installing nothing globally:
// `npm start` -> `node tools/pm.mjs run demo`. pnpm then installs missing dependencies (verifyDepsBeforeRun).
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const pinned = manifest.packageManager.split('+')[0]
const windows = process.platform === 'win32'

const agent = process.env.npm_config_user_agent ?? ''

/** The command, and what it takes, that runs pnpm with these arguments. */
function pnpm(args) {
  const running = process.env.npm_execpath
  if (running && agent.startsWith('pnpm/'))
    return /\.[cm]?js$/.test(running) ? [process.execPath, [running, ...args]] : [running, args]
  const npx = ['--yes', '--prefer-offline']
  if (windows) return ['npx.cmd', [...npx, pinned, ...args]]
  // npx hands the command to a shell, which a signal would end without what it runs: pnpm takes its place.
  // An npx that is run from there would take its options for those that it finds in the environment.
  const line = [
    'unset npm_config_call npm_config_package; exec pnpm',
    ...args.map((arg) => `'${arg.replaceAll("'", "'\\''")}'`),
  ].join(' ')
  return ['npx', [...npx, `--package=${pinned}`, `--call=${line}`]]
}

/**
 * `npm start` runs us in a shell, which a plain `kill` of npm ends, and nobody tells us: then we have another parent. Nobody else's
 * end means that: who runs us under nohup or a supervisor may leave.
 */
function onEndOfNpm(listener) {
  if (!agent.startsWith('npm/') || !['start', 'test', 'run', 'run-script'].includes(process.env.npm_command)) return
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    listener()
  }, 500).unref()
  // Ctrl+C has reached everybody.
  process.once('SIGINT', () => clearInterval(watch))
}

const [command, args] = pnpm(process.argv.slice(2))
const child = spawn(command, args, {
  stdio: 'inherit',
  shell: windows,
  env: { ...process.env, npm_config_update_notifier: 'false', TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' },
})
// A terminal sends Ctrl+C to the whole process group; a plain `kill` reaches only us and is passed on.
process.on('SIGINT', () => {})
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
onEndOfNpm(() => child.kill('SIGTERM'))
child.on('error', (error) => {
  console.error(`cannot run ${pinned}: ${error.message}`)
  process.exit(1)
})
child.on('exit', (code, signal) => {
  if (signal) process.kill(process.pid, signal)
  else process.exit(code ?? 1)
})
