import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test, vi } from 'vitest'
import { startDemoServer } from '../apps/softphone/src/demo/demo-server.ts'

// Every package keeps its README examples as files under examples/. The README shows each of them word for word,
// followed by a `text` block with what it prints, so that neither can drift from the code.
const root = fileURLToPath(new URL('..', import.meta.url))
const packages = readdirSync(`${root}packages`)

async function printedBy(file: string): Promise<string> {
  const lines: string[] = []
  const log = vi.spyOn(console, 'log').mockImplementation((...values) => void lines.push(values.join(' ')))
  try {
    const example = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as { done?: Promise<unknown> }
    await example.done
  } finally {
    log.mockRestore()
  }
  return lines.join('\n')
}

describe.each(packages)('README of @netsip/%s', (name) => {
  const folder = `${root}packages/${name}`
  const readme = existsSync(`${folder}/README.md`) ? readFileSync(`${folder}/README.md`, 'utf8') : ''
  const examples = existsSync(`${folder}/examples`)
    ? readdirSync(`${folder}/examples`).filter((f) => f.endsWith('.ts'))
    : []

  test('says how to install it', () => {
    expect(readme).toContain(`npm install @netsip/${name}`)
  })

  test('has an example', () => {
    expect(examples.length).toBeGreaterThan(0)
  })

  test.each(examples)('shows examples/%s and what it prints', async (file) => {
    const code = readFileSync(`${folder}/examples/${file}`, 'utf8').trim()
    expect(readme).toContain('```ts\n' + code + '\n```')
    const printed = await printedBy(`${folder}/examples/${file}`)
    if (printed) expect(readme).toContain('```text\n' + printed + '\n```')
  })
})

describe('README of the repository', () => {
  const readme = readFileSync(`${root}README.md`, 'utf8')

  test('names every package', () => {
    for (const name of packages) expect(readme).toContain(`(packages/${name})`)
  })

  test('the six lines make a call at a server started as it says', async () => {
    const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? ''
    expect(code).toContain("import { createPhone } from '@netsip/phone'")
    const server = await startDemoServer({ port: 0, accounts: [{ user: 'alice', password: 'secret' }] })
    try {
      const here = code.replaceAll('@127.0.0.1', `@${server.place}`)
      const flags = ['--conditions=@netsip/source', '--import', 'tsx', '--input-type=module', '--eval', here]
      const { stderr } = await promisify(execFile)(process.execPath, flags, {
        cwd: `${root}packages/phone`,
        timeout: 30_000,
      })
      expect(stderr).toBe('')
    } finally {
      await server.close()
    }
  }, 40_000)
})
