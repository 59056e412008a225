import { fileURLToPath } from 'node:url'
import { Child } from './child.ts'

const main = fileURLToPath(new URL('../../softphone/src/main.ts', import.meta.url))

/** Starts the softphone command from source with `--json`. */
export function softphone(...args: string[]): Child {
  return new Child(process.execPath, ['--conditions=@netsip/source', '--import', 'tsx', main, ...args, '--json'])
}

/** What `listening` says. */
export interface Listening {
  readonly transport: string
  readonly host: string
  readonly port: number
}
