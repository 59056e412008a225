import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

test('T006c a program ends when it has closed its legs', async () => {
  const script = fileURLToPath(new URL('testing/open-and-close.ts', import.meta.url))
  // tsx makes Node 20 take TypeScript as newer ones do
  const options = ['--conditions=@netsip/source', '--import', 'tsx', script]
  const { stdout } = await promisify(execFile)(process.execPath, options, { timeout: 30_000 })
  expect(stdout).toBe('closed\n')
}, 40_000)
