import { existsSync, readdirSync } from 'node:fs'
import { defineConfig } from 'vitest/config'

const conditions = ['@netsip/source', 'node', 'import', 'default']
const fromSource = { resolve: { conditions }, ssr: { resolve: { conditions } } }

// Projects take nothing over from the root. Sharing one module graph between test files is what keeps the suite in seconds;
// a machine that is busy is no failure, so the timeouts only end what hangs.
const shared = { isolate: false, testTimeout: 30_000, hookTimeout: 30_000 }

const projects = ['packages', 'apps'].flatMap((folder) =>
  readdirSync(folder).map((name) => ({ name, root: `${folder}/${name}` })),
)

export default defineConfig({
  test: {
    pool: 'threads',
    passWithNoTests: false,
    projects: [
      ...projects
        .filter(({ root }) => existsSync(`${root}/src`))
        .map(({ name, root }) => ({
          root,
          ...fromSource,
          test: { ...shared, name, include: ['src/**/*.test.ts', 'src/**/*.test.tsx'] },
        })),
      { root: 'tools', ...fromSource, test: { ...shared, name: 'repository', include: ['*.test.ts'] } },
    ],
  },
})
