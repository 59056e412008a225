import { expect, test } from 'vitest'
import { PageAudio } from './page-audio.ts'

const frame = (value: number): Uint8Array => new Uint8Array(new Int16Array(160).fill(value).buffer)

function read(audio: PageAudio): number {
  const samples = new Int16Array(160).fill(99)
  expect(audio.read(samples)).toBe(true)
  return samples[0]!
}

test('gathers two frames before it plays, and again after a hiccup', () => {
  const audio = new PageAudio(() => {})
  expect(read(audio)).toBe(0)
  audio.fromPage(frame(1))
  expect(read(audio)).toBe(0)
  audio.fromPage(frame(2))
  expect([read(audio), read(audio), read(audio)]).toEqual([1, 2, 0])
  audio.fromPage(frame(3))
  expect(read(audio)).toBe(0)
})

test('a burst costs old frames, not delay', () => {
  const audio = new PageAudio(() => {})
  for (let value = 1; value <= 100; value++) audio.fromPage(frame(value))
  const heard = Array.from({ length: 10 }, () => read(audio)).filter((value) => value > 0)
  expect(heard.length).toBeLessThanOrEqual(10)
  expect(heard.at(-1)).toBe(100)
})

test('frames of another length are ignored, and frames to the page are whole', () => {
  const sent: Uint8Array[] = []
  const audio = new PageAudio((bytes) => void sent.push(bytes))
  audio.fromPage(new Uint8Array(3))
  audio.fromPage(new Uint8Array(321))
  expect(read(audio)).toBe(0)
  audio.write(new Int16Array(160).fill(258))
  expect([...sent[0]!.subarray(0, 2), sent[0]!.length]).toEqual([2, 1, 320])
})
