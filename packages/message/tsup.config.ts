import { library } from '../../tsup.base.ts'

// Bundlers leave out whole files that an import does not reach, parts of a file seldom: what can be had alone is an
// entry, so that it gets a file of its own. A file for each module would make Node load four times as long.
const alone = [
  'grammar/list',
  'rows/header-names',
  'message/reason-phrases',
  'uri/parse-uri',

  'values/digest-credentials',
  'values/name-addr',
  'values/via',
  'parse/parse-message',
]

export default library(['src/index.ts', ...alone.map((module) => `src/${module}.ts`)], {
  splitting: true,
  treeshake: false,
  // what one module of the package needs of another, marked @internal, stays out of the declarations
  dts: { entry: 'src/index.ts', compilerOptions: { ignoreDeprecations: '6.0', stripInternal: true } },
})
