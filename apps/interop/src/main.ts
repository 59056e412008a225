// `pnpm interop`: makes sure the peers are there, says what is not, and runs the suite against the rest.
// With CI set nothing may be missing.
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { install, isInstalled, peers } from './peers.ts'
import { scratchFolder } from './scratch.ts'

const app = fileURLToPath(new URL('..', import.meta.url))
let missing = peers.filter((peer) => !isInstalled(peer))
if (missing.length > 0) {
  console.log(`installing ${missing.map((peer) => peer.name).join(', ')} with apt-get`)
  const problem = install(missing)
  if (problem) console.log(`could not install: ${problem}`)
  missing = peers.filter((peer) => !isInstalled(peer))
}
for (const peer of missing) {
  console.log(`SKIPPED: everything with ${peer.name}; to run it: apt-get install ${peer.packages.join(' ')}`)
}
if (missing.length > 0 && process.env['CI']) {
  console.log('CI is set, so nothing may be skipped')
  process.exit(1)
}
const scratch = scratchFolder('interop')
const { status } = spawnSync('vitest', ['run', '--config', 'vitest.interop.config.ts', ...process.argv.slice(2)], {
  cwd: app,
  stdio: 'inherit',
  env: { ...process.env, NETSIP_SCRATCH: scratch, NETSIP_INTEROP_MISSING: missing.map((peer) => peer.name).join(',') },
})
rmSync(scratch, { recursive: true, force: true })
process.exit(status ?? 1)
