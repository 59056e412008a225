import { defineConfig, type Options } from 'tsup'

/** One build for every package: ESM and declarations, as `require()` of ESM works from Node 20.19 on. */
export function library(entry: string[], options: Options = {}): ReturnType<typeof defineConfig> {
  return defineConfig({
    entry,
    format: ['esm'],
    target: 'node20',
    platform: 'neutral',
    clean: true,
    sourcemap: true,
    treeshake: true,
    // tsup sets baseUrl for the declaration build, which TypeScript 6 only accepts with this switch
    dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
    ...options,
  })
}
