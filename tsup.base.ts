import { defineConfig, type Options } from 'tsup'

// esbuild declares what a module declares with `const` or as a class by `var` once it bundles. Engines then no longer take
// it for a constant, which costs parsing a fifth of its speed: what nothing else is written to becomes a constant again.
const constants: NonNullable<Options['plugins']>[number] = {
  name: 'constants',
  renderChunk(code, { type, path }) {
    if (type !== 'chunk' || !path.endsWith('.js')) return undefined
    return {
      code: code.replaceAll(/^var (?=([\w$]+) = )/gm, (found, name: string) =>
        isWritten(code, name) ? found : 'const ',
      ),
    }
  },
}

// More often than where it is declared.
function isWritten(code: string, name: string): boolean {
  const id = `(?<![.\\w$])${name.replaceAll('$', String.raw`\$`)}(?![\\w$])`
  const writes = String.raw`${id}\s*(?:[-+*/%&|^]|\*\*|<<|>>>?|&&|\|\||\?\?)?=(?![=>])|(?:\+\+|--)${id}|${id}(?:\+\+|--)`
  return [...code.matchAll(new RegExp(writes, 'g'))].length > 1
}

/** How the declarations of a package are built. */
export const dts: Exclude<Options['dts'], boolean | string | undefined> = {
  // what `await using` takes is in no `lib` by a year, so that the declarations have to ask for it themselves
  banner: '/// <reference lib="esnext.disposable" />',
  // tsup sets baseUrl for the declaration build, which TypeScript 6 only accepts with this switch
  compilerOptions: { ignoreDeprecations: '6.0' },
}

/** One build for every package: ESM and declarations, as `require()` of ESM works from Node 20.19 on. */
export function library(entry: string[], options: Options = {}): ReturnType<typeof defineConfig> {
  return defineConfig({
    // by name: files of a list are looked for, and come in another order each time, which changes what is built
    entry: Object.fromEntries(entry.map((file) => [file.replace(/^src\/|\.ts$/g, ''), file])),
    format: ['esm'],
    target: 'node20',
    platform: 'neutral',
    clean: true,
    sourcemap: true,
    treeshake: true,
    plugins: [constants],
    dts,
    ...options,
  })
}
