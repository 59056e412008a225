import { library } from '../../tsup.base.ts'

// Bundlers leave out whole files that an import does not reach, parts of a file seldom: what can be had alone is an
// entry, so that it gets a file of its own. A file for each module would make Node load four times as long. What is bundled
// packs best in this order: a tenth of a percent between it and the middle of all orders.
const alone = [
  'rows/header-names',
  'message/reason-phrases',
  'values/via',
  'parse/parse-message',
  'uri/parse-uri',
  'values/name-addr',
  'values/digest-credentials',
  'grammar/list',
]

export default library([...alone.map((module) => `src/${module}.ts`), 'src/index.ts'], {
  splitting: true,
  treeshake: false,
  // what one module of the package needs of another, marked @internal, stays out of the declarations
  dts: { entry: 'src/index.ts', compilerOptions: { ignoreDeprecations: '6.0', stripInternal: true } },
})
