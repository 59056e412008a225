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
// The floors of a package: its folders from the bottom up, each of which imports those before it.
const floors = {
  message: ['base', 'grammar', 'params', 'uri', 'values', 'headers', 'rows', 'message', 'parse', 'body'],
}
// A call is asked for transfers, and what accepts one gives a call: such a circle of types may stand. Nothing may join it.
const tangled = ['phone/src/call/(call|call-events|transfer-request)']
const tests = '\\.test\\.tsx?$'

const onlyDown = Object.entries(layers).map(([name, below]) => ({
  name: `layer-${name}`,
  comment: `@netsip/${name} may import ${below.join(', ') || 'no other package of ours'}`,
  severity: 'error',
  from: { path: `^packages/${name}/src/`, pathNot: tests },
  to: { path: `^(packages/(?!(${[name, ...below].join('|')})/)|apps/)` },
}))

const floorByFloor = Object.entries(floors).flatMap(([name, folders]) =>
  folders.map((folder, at) => ({
    name: `floor-${name}-${folder}`,
    comment: `${folder} may import ${folders.slice(0, at).join(', ') || 'no other folder'} of @netsip/${name}`,
    severity: 'error',
    from: { path: `^packages/${name}/src/${folder}/`, pathNot: tests },
    to: { path: `^packages/${name}/src/(?!(${folders.slice(0, at + 1).join('|')})/)` },
  })),
)

export default {
  forbidden: [
    ...onlyDown,
    ...floorByFloor,
    {
      name: 'no-circle',
      comment:
        'inside a package imports point down as well, those of types too: give what both sides need a file below them',
      severity: 'error',
      from: { pathNot: `^packages/(${tangled.join('|')})\\.ts$` },
      to: { circular: true },
    },
    {
      name: 'no-circle-at-run-time',
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
