import { SeededRandom } from '@netsip/runtime/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BranchHash } from './branch-hash.ts'
import { BranchIndex } from './branch-index.ts'

const hashes = new BranchHash(new SeededRandom(5))

class Entry {
  readonly hash: number
  readonly branch: string

  constructor(branch: string, hash: number = hashes.of(branch)) {
    this.hash = hash
    this.branch = branch
  }
}

/** Entries with the same branch, as the index tells them. */
function found(index: BranchIndex<Entry>, branch: string): Entry[] {
  const hash = hashes.of(branch)
  const entries: Entry[] = []
  for (let slot = index.slotOf(hash); slot >= 0; slot = index.slotOf(hash, slot)) entries.push(index.entryAt(slot))
  return entries.filter((entry) => entry.branch === branch)
}

const branchOf = (number: number): string => `z9hG4bK${number}`

test('holds what a list of the same entries holds, whatever comes and goes', () => {
  const step = fc.record({ number: fc.nat({ max: 400 }), leaves: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 1500, size: 'max' }), (steps) => {
      const index = new BranchIndex<Entry>()
      const model: Entry[] = []
      for (const { number, leaves } of steps) {
        const branch = branchOf(number)
        const at = model.findIndex((entry) => entry.branch === branch)
        if (leaves && at >= 0) index.delete(model.splice(at, 1)[0] as Entry)
        else model.push(add(index, branch))
      }
      expect(new Set(index.values())).toEqual(new Set(model))
      for (let number = 0; number <= 400; number++) {
        const branch = branchOf(number)
        expect(new Set(found(index, branch))).toEqual(new Set(model.filter((entry) => entry.branch === branch)))
      }
    }),
    { numRuns: 40, seed: 3261 },
  )
})

test('tells entries apart that share a hash', () => {
  const index = new BranchIndex<Entry>()
  const [a, b, c] = [new Entry('z9hG4bKa', 7), new Entry('z9hG4bKb', 7), new Entry('z9hG4bKc', 7)]
  for (const entry of [a, b, c]) index.add(entry)
  index.delete(b)
  index.delete(b)
  const slot = index.slotOf(7)
  expect(index.entryAt(slot)).toBe(a)
  expect(index.entryAt(index.slotOf(7, slot))).toBe(c)
  expect(index.slotOf(7, index.slotOf(7, slot))).toBe(-1)
})

test('spreads branches that a peer counts up', () => {
  const low = new Set<number>()
  for (let number = 0; number < 4096; number++) low.add(hashes.of(branchOf(number)) & 0xfff)
  // By chance 63 % of the places would be taken.
  expect(low.size).toBeGreaterThan(4096 * 0.55)
})

test('is empty again after a busy time', () => {
  const index = new BranchIndex<Entry>()
  const entries = Array.from({ length: 10_000 }, (_, number) => add(index, branchOf(number)))
  for (const entry of entries) index.delete(entry)
  expect([...index.values()]).toEqual([])
  const again = add(index, branchOf(1))
  expect(found(index, branchOf(1))).toEqual([again])
  expect(found(index, branchOf(2))).toEqual([])
})

function add(index: BranchIndex<Entry>, branch: string): Entry {
  const entry = new Entry(branch)
  index.add(entry)
  return entry
}
