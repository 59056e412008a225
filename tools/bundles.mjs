#!/usr/bin/env node
// What an application pays for an import, from the built packages: bundled by esbuild for browsers, minified, gzipped.
// Fails over a limit. `aim` is where the size should come to: limits go down towards it, never up without a reason.
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

// esbuild is what tsup builds with, so it needs no version of its own
const { build } = createRequire(createRequire(import.meta.url).resolve('tsup'))('esbuild')

const entries = [
  { from: 'message', names: '*', limit: 29_900, aim: 20_000 },
  { from: 'message', names: '{ parseMessage, SipRequest, SipResponse }', limit: 21_300, aim: 12_000 },
  { from: 'message', names: '{ parseUri, SipUri }', limit: 7_000, aim: 7_000 },
  { from: 'message', names: '{ reasonPhrase }', limit: 1_100, aim: 1_100 },
  { from: 'endpoint', names: '*', limit: 60_000, aim: 60_000 },
]

async function sizeOf({ from, names }) {
  const { outputFiles } = await build({
    stdin: {
      contents: `export ${names} from '@netsip/${from}'`,
      resolveDir: fileURLToPath(new URL(`../packages/${from}`, import.meta.url)),
    },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    write: false,
  })
  const code = outputFiles[0].contents
  return { minified: code.length, gzip: gzipSync(code, { level: 9 }).length }
}

if (!existsSync(new URL('../packages/endpoint/dist', import.meta.url))) {
  console.error('check:bundles measures what is built: node tools/pm.mjs build comes first')
  process.exit(1)
}

let failed = false
for (const entry of entries) {
  const { minified, gzip } = await sizeOf(entry)
  failed ||= gzip > entry.limit
  const verdict = gzip > entry.limit ? 'FAIL' : 'ok  '
  const aim = gzip > entry.aim ? `, aim ${entry.aim}` : ''
  console.log(
    `${verdict}  ${entry.names} of @netsip/${entry.from}: ${gzip} B gzip, ${minified} B minified (limit ${entry.limit}${aim})`,
  )
}
process.exit(failed ? 1 : 0)
