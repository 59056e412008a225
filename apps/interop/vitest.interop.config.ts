import { defineConfig } from 'vitest/config'

const conditions = ['@netsip/source', 'node', 'import', 'default']

// Real peers, one file after the other: ports, sound and CPU are shared with the processes under test.
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['src/**/*.interop.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 30_000,
    reporters: ['verbose'],
  },
})
