import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import type { Readable } from 'node:stream'
import { expect, test } from 'vitest'

// util-linux's `script` gives a program a terminal of its own
const canMakeTerminals = String(spawnSync('script', ['--version']).stdout).includes('util-linux')

test.skipIf(!canMakeTerminals)(
  'a terminal that is closed ends with the code of the command, not by an abort',
  async () => {
    const program = `
    import { processIo } from '${new URL('io.ts', import.meta.url).href}'
    const held = setInterval(() => {}, 60_000)
    processIo().onInterrupt(() => { clearInterval(held); process.exitCode = 3 })
    console.log('ready')`
    // The shell leads the session of the terminal, passes on that it was closed, and tells with what code that ended.
    const shell = `trap 'kill -HUP $c' HUP; "$NODE" --import tsx --input-type=module -e "$PROGRAM" & c=$!; wait $c; wait $c; echo $? >&3`
    const terminal = spawn('script', ['-qc', shell, '/dev/null'], {
      env: { ...process.env, SHELL: '/bin/sh', NODE: process.execPath, PROGRAM: program },
      stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
    })
    for (let said = ''; !said.includes('ready');) said += String((await once(terminal.stdout!, 'data'))[0])
    terminal.kill('SIGKILL')
    expect(await text(terminal.stdio[3] as Readable)).toBe('3\n')
  },
)

test('to be ended is told once, whoever passes it on; Ctrl+C again is told again', async () => {
  const program = `
    import { processIo } from '${new URL('io.ts', import.meta.url).href}'
    const held = setInterval(() => {}, 60_000)
    let told = 0
    processIo().onInterrupt(() => console.log('told', ++told))
    process.on('SIGUSR2', () => clearInterval(held))
    console.log('ready')`
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  const until = async (text: string): Promise<void> => {
    while (!said.includes(text)) said += String((await once(child.stdout, 'data'))[0])
  }
  await until('ready')
  child.kill('SIGTERM')
  await until('told 1')
  child.kill('SIGTERM')
  child.kill('SIGHUP')
  child.kill('SIGINT')
  await until('told 2')
  child.kill('SIGUSR2')
  expect(await once(child, 'exit')).toEqual([0, null])
  expect(said).toBe('ready\ntold 1\ntold 2\n')
})
