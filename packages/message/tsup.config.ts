import { library } from '../../tsup.base.ts'

// what one module of the package needs of another, marked @internal, stays out of the declarations
export default library(['src/index.ts'], {
  dts: { compilerOptions: { ignoreDeprecations: '6.0', stripInternal: true } },
})
