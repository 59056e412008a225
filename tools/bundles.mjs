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
  { of: { message: '*' }, limit: 29_900, aim: 20_000 },
  { of: { message: '{ parseMessage, SipRequest, SipResponse }' }, limit: 21_300, aim: 12_000 },
  { of: { message: '{ parseUri, SipUri }' }, limit: 7_000, aim: 7_000 },
  { of: { message: '{ reasonPhrase }' }, limit: 1_100, aim: 1_100 },
  { of: { endpoint: '*' }, limit: 60_000, aim: 60_000 },
  // all that a page needs to make calls over a WebSocket; went up by what keeping answers as octets takes (a sixth of an answer's
  // CPU), and by the places where overload control is asked
  {
    of: { endpoint: '{ Endpoint }', dispatcher: '{ Dispatcher }', transport: '{ connectWs }' },
    limit: 84_800,
    aim: 84_000,
  },
  // that it can be bundled at all: package.json has a file without Node for browsers
  { of: { phone: '{ createPhone }' }, limit: 100_500, aim: 99_000 },
]

async function sizeOf(parts) {
  const exports = Object.entries(parts).map(([name, names]) => `export ${names} from '@netsip/${name}'`)
  const { outputFiles } = await build({
    // the phone stands on all of them
    stdin: { contents: exports.join('\n'), resolveDir: fileURLToPath(new URL('../packages/phone', import.meta.url)) },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    write: false,
    // what it warns of is what makes the bundle small: a part without side effects that is left out
    logLevel: 'error',
  })
  const code = outputFiles[0].contents
  return { minified: code.length, gzip: gzipSync(code, { level: 9 }).length }
}

if (!existsSync(new URL('../packages/endpoint/dist', import.meta.url))) {
  console.error('check:bundles measures what is built: node tools/pm.mjs build comes first')
  process.exit(1)
}

let failed = false
for (const { of, limit, aim } of entries) {
  const { minified, gzip } = await sizeOf(of)
  failed ||= gzip > limit
  const what = Object.entries(of).map(([name, names]) => `${names} of @netsip/${name}`)
  const sizes = `${gzip} B gzip, ${minified} B minified (limit ${limit}${gzip > aim ? `, aim ${aim}` : ''})`
  console.log(`${gzip > limit ? 'FAIL' : 'ok  '}  ${what.join(', ')}: ${sizes}`)
}
process.exit(failed ? 1 : 0)
