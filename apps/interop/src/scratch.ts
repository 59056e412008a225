import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder of its own for a peer's files; `pnpm interop` takes them all away when it ends. */
export function scratchFolder(name: string): string {
  return mkdtempSync(join(process.env['NETSIP_SCRATCH'] ?? tmpdir(), `netsip-${name}-`))
}
