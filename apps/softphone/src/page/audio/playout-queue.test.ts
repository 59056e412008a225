import { expect, test } from 'vitest'
import { PlayoutQueue } from './playout-queue.ts'

const ramp = (from: number, length: number): Float32Array => Float32Array.from({ length }, (_, index) => from + index)

function pull(queue: PlayoutQueue, length: number): number[] {
  const target = new Float32Array(length).fill(-1)
  queue.pull(target)
  return [...target]
}

test('plays once enough is there, in order, and is silent when nothing came', () => {
  const queue = new PlayoutQueue(4, 100)
  queue.push(ramp(1, 3))
  expect(pull(queue, 2)).toEqual([0, 0])
  queue.push(ramp(4, 3))
  expect(pull(queue, 4)).toEqual([1, 2, 3, 4])
  expect(pull(queue, 4)).toEqual([5, 6, 0, 0])
  queue.push(ramp(7, 1))
  expect(pull(queue, 1)).toEqual([0])
})

test('lets go of the oldest rather than grow late', () => {
  const queue = new PlayoutQueue(2, 5)
  for (let from = 1; from < 20; from += 2) queue.push(ramp(from, 2))
  expect(queue.length).toBeLessThanOrEqual(5)
  expect(pull(queue, 2)).toEqual([17, 18])
})
