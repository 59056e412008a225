import { existsSync, readdirSync } from 'node:fs'
import { defineConfig } from 'vitest/config'

const conditions = ['@netsip/source', 'node', 'import', 'default']
const fromSource = { resolve: { conditions }, ssr: { resolve: { conditions } } }

const projects = ['packages', 'apps'].flatMap((folder) =>
  readdirSync(folder).map((name) => ({ name, root: `${folder}/${name}` })),
)

export default defineConfig({
  test: {
    // Sharing one module graph between test files is what keeps the whole suite in seconds.
    isolate: false,
    pool: 'threads',
    passWithNoTests: false,
    projects: [
      ...projects
        .filter(({ root }) => existsSync(`${root}/src`))
        .map(({ name, root }) => ({
          root,
          ...fromSource,
          test: { name, include: ['src/**/*.test.ts', 'src/**/*.test.tsx'] },
        })),
      { root: 'tools', ...fromSource, test: { name: 'repository', include: ['*.test.ts'] } },
    ],
  },
})
