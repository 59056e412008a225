#!/usr/bin/env node
// Holds that every entry of every built package can be had by `require()` too: from Node 20.19 on it takes ES modules, as
// long as nothing in them awaits at the top.
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const packages = fileURLToPath(new URL('../packages', import.meta.url))
let failed = false
for (const name of readdirSync(packages)) {
  const file = `${packages}/${name}/package.json`
  const entries = Object.keys(JSON.parse(readFileSync(file, 'utf8')).exports).filter((path) => !path.endsWith('.json'))
  for (const entry of entries.map((path) => `@netsip/${name}${path.slice(1)}`)) {
    try {
      const count = Object.keys(createRequire(file)(entry)).length
      if (count === 0) throw new Error('it exports nothing')
      console.log(`ok    require('${entry}'): ${count} exports`)
    } catch (error) {
      failed = true
      console.log(`FAIL  require('${entry}'): ${error.message}`)
    }
  }
}
process.exit(failed ? 1 : 0)
