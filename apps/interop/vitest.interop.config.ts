import { defineConfig, type ViteUserConfig } from 'vitest/config'

const conditions = ['@netsip/source', 'node', 'import', 'default']

// Real peers, one file after the other: ports, sound and CPU are shared with the processes under test.
const config: ViteUserConfig = defineConfig({
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

export default config
