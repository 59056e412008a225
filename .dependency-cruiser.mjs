// The layers of the house: an import only ever points down. Left: the package; right: all it may import.
const layers = {
  message: [],
  runtime: [],
  media: ['runtime'],
  auth: ['message', 'runtime'],
  transport: ['message', 'runtime'],
  dispatcher: ['transport', 'message', 'runtime'],
  endpoint: ['dispatcher', 'transport', 'auth', 'message', 'runtime'],
  server: ['dispatcher', 'transport', 'auth', 'message', 'runtime'],
  phone: ['endpoint', 'media', 'dispatcher', 'transport', 'auth', 'message', 'runtime'],
}
const isomorphic = ['message', 'runtime', 'auth', 'dispatcher', 'endpoint', 'server']
const tests = '\\.test\\.tsx?$'

const onlyDown = Object.entries(layers).map(([name, below]) => ({
  name: `layer-${name}`,
  comment: `@netsip/${name} may import ${below.join(', ') || 'no other package of ours'}`,
  severity: 'error',
  from: { path: `^packages/${name}/src/`, pathNot: tests },
  to: { path: `^(packages/(?!(${[name, ...below].join('|')})/)|apps/)` },
}))

export default {
  forbidden: [
    ...onlyDown,
    {
      name: 'no-cycle',
      comment: 'a cycle through a type-only import does not exist when the program runs, and may stand',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'isomorphic',
      comment: 'these packages run in a browser: nothing of Node',
      severity: 'error',
      from: { path: `^packages/(${isomorphic.join('|')})/src/`, pathNot: tests },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'isomorphic-entry',
      comment: 'transport and media touch Node only behind their ./node entry',
      severity: 'error',
      from: { path: '^packages/(transport|media)/src/', pathNot: `(${tests}|/src/node(\\.ts$|/))` },
      to: { dependencyTypes: ['core'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|node_modules|\\.turbo)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: { conditionNames: ['@netsip/source', 'import', 'types', 'default'] },
  },
}
