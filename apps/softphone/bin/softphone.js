#!/usr/bin/env node
import { existsSync } from 'node:fs'

const main = new URL('../dist/main.js', import.meta.url)
if (existsSync(main)) {
  await import(main.href)
} else {
  console.error(
    'softphone: not built yet; run "pnpm --filter @netsip/softphone build", or "pnpm softphone" from source',
  )
  process.exitCode = 1
}
