import { VirtualClock } from '@netsip/runtime/testing'
import { describe, expect, test } from 'vitest'
import { DnsCache } from './dns-cache.ts'

describe('what DNS said', () => {
  test('T110c is forgotten oldest first when there is more than is kept', async () => {
    const cache = new DnsCache<string>(new VirtualClock(), 3)
    const asked: string[] = []
    const get = (name: string): Promise<string> => {
      const ask = (): Promise<string> => {
        asked.push(name)
        return Promise.resolve(name.toUpperCase())
      }
      return cache.get(name, ask, () => 60_000, 10_000)
    }
    for (const name of ['a', 'b', 'c', 'd']) expect(await get(name)).toBe(name.toUpperCase())
    expect(cache.size).toBe(3)
    for (const name of ['b', 'c', 'd']) await get(name)
    expect(asked.splice(0)).toEqual(['a', 'b', 'c', 'd'])
    await get('a')
    expect(asked).toEqual(['a'])
  })
})
