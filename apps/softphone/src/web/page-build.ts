import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { packageFile } from '../package-folder.ts'

function newest(folder: string): number {
  const times = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs)
  return Math.max(0, ...times)
}

/** Whether the built page is missing or older than its sources. A published package has no sources: never stale. */
function stale(built: string): boolean {
  const index = join(built, 'index.html')
  const sources = packageFile('src', 'page')
  if (!existsSync(sources)) return false
  if (!existsSync(index)) return true
  const shared = statSync(packageFile('src', 'web', 'protocol.ts')).mtimeMs
  return Math.max(newest(sources), shared) > statSync(index).mtimeMs
}

/** The folder of the built page; builds it first where the sources are newer. Throws when it cannot be built. */
export async function builtPage(say: (line: string) => void): Promise<string> {
  const built = packageFile('dist', 'page')
  if (!stale(built)) return built
  say('building the page ...')
  const started = performance.now()
  const { build } = await import('vite')
  await build({ root: packageFile('src', 'page'), configFile: packageFile('vite.config.ts'), logLevel: 'error' })
  say(`built the page in ${((performance.now() - started) / 1000).toFixed(1)} s`)
  return built
}
