#!/usr/bin/env node
// Holds the size rule of the house: a file over 400 lines is a warning, over 800 a failure.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const WARN = 400
const FAIL = 800
const files = execFileSync('git', ['ls-files', 'packages', 'apps', 'tools'], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => /\.(ts|tsx|mjs|css)$/.test(file))

let failed = false
for (const file of files) {
  const lines = readFileSync(file, 'utf8').split('\n').length - 1
  if (lines <= WARN) continue
  failed ||= lines > FAIL
  console.log(`${lines > FAIL ? 'FAIL' : 'warn'}  ${file}: ${lines} lines (over ${lines > FAIL ? FAIL : WARN})`)
}
console.log(`${files.length} files measured`)
process.exit(failed ? 1 : 0)
