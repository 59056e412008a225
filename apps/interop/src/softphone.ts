import { fileURLToPath } from 'node:url'
import { Child } from './child.ts'

const main = fileURLToPath(new URL('../../softphone/src/main.ts', import.meta.url))

/** Starts the softphone command from source with `--json`; with `--commands` lines can be typed. */
export function softphone(...args: string[]): Child {
  const command = ['--conditions=@netsip/source', '--import', 'tsx', main, ...args, '--json']
  return new Child(process.execPath, command, { typed: args.includes('--commands') })
}

/** What `listening` says. */
export interface Listening {
  readonly transport: string
  readonly host: string
  readonly port: number
}
