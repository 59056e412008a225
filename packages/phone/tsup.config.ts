import { dts, library } from '../../tsup.base.ts'

// What stands on Node is a file of its own, by this name: package.json has another one for browsers.
export default library(['src/index.ts', 'src/platform/node-platform.ts', 'src/platform/browser-platform.ts'], {
  dts: { ...dts, entry: 'src/index.ts' },
})
