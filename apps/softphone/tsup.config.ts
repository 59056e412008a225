import { defineConfig } from 'tsup'

// The command carries the stack inside: one file that starts fast and needs only what package.json names.
export default defineConfig({
  entry: ['src/main.ts'],
  format: ['esm'],
  target: 'node20',
  platform: 'node',
  splitting: true,
  sourcemap: true,
  treeshake: true,
  external: ['vite'],
  clean: ['dist/*.js', 'dist/*.js.map'],
  esbuildOptions: (options) => {
    options.conditions = ['@netsip/source']
  },
})
