// `pnpm check:require`: every entry of every built package loads through require() from CommonJS (Node 20.19 and newer).
const { readdirSync } = require('node:fs')
const { join } = require('node:path')

const packages = join(__dirname, '../packages')
let entries = 0
for (const name of readdirSync(packages)) {
  const manifest = require(join(packages, name, 'package.json'))
  for (const [entry, target] of Object.entries(manifest.publishConfig.exports)) {
    if (typeof target !== 'object') continue
    const exported = Object.keys(require(join(packages, name, target.default)))
    if (exported.length === 0) throw new Error(`require('${join(manifest.name, entry)}') gives nothing`)
    entries++
  }
}
console.log(`require() loads all ${entries} entries`)
