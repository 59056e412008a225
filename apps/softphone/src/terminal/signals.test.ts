import { expect, test } from 'vitest'
import { whileWaiting } from './signals.ts'

test('that nothing has come yet is said once, and not of what is over', async () => {
  const said: string[] = []
  whileWaiting(Promise.resolve(), () => said.push('over'), 1)
  whileWaiting(Promise.reject(new Error('failed')), () => said.push('failed'), 1)
  await new Promise<void>((resolve) => {
    whileWaiting(new Promise(() => {}), () => (said.push('waits'), resolve()), 5)
  })
  expect(said).toEqual(['waits'])
})
