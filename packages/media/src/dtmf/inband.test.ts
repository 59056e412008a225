import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { tone } from '../audio/tone.ts'
import type { AudioSource } from '../audio/source.ts'
import { decodeAlaw, decodeUlaw, encodeAlaw, encodeUlaw } from '../g711.ts'
import type { DtmfEvent } from './receiver.ts'
import { readDtmfInfo, writeDtmfInfo } from './info.ts'
import { DtmfToneDetector } from './dtmf-tone-detector.ts'
import { dtmfTones, tonesOf } from './tones.ts'

const all = '0123456789*#ABCD'

function hear(
  source: AudioSource,
  through: (frame: Int16Array) => Int16Array = (frame) => frame,
  offset = 0,
): DtmfEvent[] {
  const heard: DtmfEvent[] = []
  const detector = new DtmfToneDetector((event) => heard.push(event))
  detector.write(new Int16Array(offset))
  const frame = new Int16Array(160)
  for (let i = 0; i < 2000 && source.read(frame); i++) detector.write(through(frame))
  detector.end()
  return heard
}

/** The keys heard in half a second of these tones together: frequency to level. */
function keysIn(levels: Record<number, number>): string {
  const sources = Object.entries(levels).map(([hz, level]) => tone(Number(hz), { level, durationMs: 500 }))
  const each = new Int16Array(160)
  const mixed: AudioSource = {
    read(frame) {
      frame.fill(0)
      const going = sources.map((source) => {
        const more = source.read(each)
        for (let i = 0; i < frame.length; i++) frame[i]! += each[i]!
        return more
      })
      return going.every(Boolean)
    },
  }
  return hear(mixed)
    .map(({ digit }) => digit)
    .join('')
}

describe('tones in the audio', () => {
  test.each([
    ['mu-law', (frame: Int16Array) => decodeUlaw(encodeUlaw(frame))],
    ['A-law', (frame: Int16Array) => decodeAlaw(encodeAlaw(frame))],
  ])('A085 every key is heard through %s, whose length is told to 10 ms', (_law, through) => {
    const heard = hear(dtmfTones(all), through)
    expect(heard.map(({ digit }) => digit).join('')).toBe(all)
    for (const { durationMs } of heard) expect(Math.abs(durationMs - 100)).toBeLessThanOrEqual(20)
  })

  test('A079 A085 40 ms of a key are enough, wherever they begin, and 15 ms are not', () => {
    for (let offset = 0; offset < 160; offset += 7) {
      const short = hear(dtmfTones('159D', { durationMs: 40, gapMs: 40 }), undefined, offset)
      expect(short.map(({ digit }) => digit).join('')).toBe('159D')
      expect(hear(dtmfTones('159D', { durationMs: 15, gapMs: 60 }), undefined, offset)).toEqual([])
    }
  })

  test('A085 one tone alone, a third one beside, too much twist, noise and silence are no key', () => {
    expect(keysIn({ 697: 0.3, 1209: 0.3 })).toBe('1')
    expect(keysIn({ 697: 0.3 })).toBe('')
    expect(keysIn({ 697: 0.3, 1209: 0.3, 440: 0.3 })).toBe('')
    expect(keysIn({ 697: 0.6, 1209: 0.15 })).toBe('')
    expect(keysIn({ 697: 0.001, 1209: 0.001 })).toBe('')
    let seed = 1
    const noise: AudioSource = {
      read(frame) {
        for (let i = 0; i < frame.length; i++) frame[i] = (seed = (seed * 48_271) % 2_147_483_647) % 16_000
        return true
      },
    }
    expect(hear(noise)).toEqual([])
  })

  test('tonesOf knows the keys, and dtmfTones refuses the rest', () => {
    expect(tonesOf('5')).toEqual([770, 1336])
    expect(tonesOf('d')).toEqual([941, 1633])
    expect([tonesOf('!'), tonesOf(''), tonesOf('12')]).toEqual([undefined, undefined, undefined])
    expect(() => dtmfTones('1x')).toThrow(expect.objectContaining({ code: 'ERR_MEDIA_ARGUMENT' }))
  })
})

describe('body of an INFO', () => {
  test('A086 writes and reads both kinds', () => {
    expect(writeDtmfInfo('5', 160, 'application/dtmf-relay')).toBe('Signal=5\r\nDuration=160\r\n')
    expect(writeDtmfInfo('a', 160, 'application/dtmf')).toBe('A')
    expect(readDtmfInfo('application/dtmf-relay', 'Signal=5\r\nDuration=160\r\n')).toEqual({
      digit: '5',
      durationMs: 160,
    })
    expect(readDtmfInfo('Application/DTMF-Relay; charset=utf-8', 'signal= #\nduration =80')).toEqual({
      digit: '#',
      durationMs: 80,
    })
    expect(readDtmfInfo('application/dtmf-relay', 'Signal=11')).toEqual({ digit: '#' })
    expect(readDtmfInfo('application/dtmf', ' 7\r\n')).toEqual({ digit: '7' })
  })

  test('A086 finds no digit where there is none, and never throws', () => {
    expect(readDtmfInfo('application/dtmf-relay', 'Duration=160')).toBeUndefined()
    expect(readDtmfInfo('application/dtmf', 'x')).toBeUndefined()
    expect(readDtmfInfo('text/plain', '5')).toBeUndefined()
    expect(readDtmfInfo('application/dtmf', ' '.repeat(1000))).toBeUndefined()
    expect(() => writeDtmfInfo('x', 100, 'application/dtmf')).toThrow(
      expect.objectContaining({ code: 'ERR_MEDIA_ARGUMENT' }),
    )
    fc.assert(
      fc.property(fc.constantFrom('application/dtmf', 'application/dtmf-relay'), fc.string(), (type, body) => {
        expect([undefined, ...all.split(''), '!']).toContain(readDtmfInfo(type, body)?.digit)
      }),
    )
  })
})
