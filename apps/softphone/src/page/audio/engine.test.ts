import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { AudioEngine } from './engine.ts'

/** The sound of a browser: which tracks and connections are open, and the answer to whether we may have the microphone. */
class Browser {
  readonly live = new Set<object>()
  connected = 0
  asleep = true
  allow: () => void = () => {}

  microphone(): Promise<object> {
    const track = { stop: () => this.live.delete(track) }
    const stream = { active: true, getTracks: () => [track] }
    return new Promise((resolve) => {
      this.allow = () => {
        this.live.add(track)
        resolve(stream)
      }
    })
  }

  context(): object {
    return {
      audioWorklet: { addModule: () => Promise.resolve() },
      resume: async () => void (this.asleep = false),
      suspend: async () => void (this.asleep = true),
      createMediaStreamSource: () => ({ connect: () => this.connected++, disconnect: () => this.connected-- }),
    }
  }
}

let browser: Browser
let audio: AudioEngine

beforeEach(() => {
  browser = new Browser()
  const node = { port: { addEventListener: () => {}, start: () => {}, postMessage: () => {} }, connect: () => {} }
  const here = browser
  vi.stubGlobal('AudioContext', function context() {
    return here.context()
  })
  vi.stubGlobal('AudioWorkletNode', function worklet() {
    return node
  })
  vi.stubGlobal('navigator', { mediaDevices: { getUserMedia: () => here.microphone() } })
  audio = new AudioEngine(() => {})
})

afterEach(() => {
  vi.unstubAllGlobals()
})

/** The browser has been asked for the microphone. */
const asked = (): Promise<void> => vi.waitFor(() => expect(audio.state.value.mode).toBe('listening'))

describe('the microphone', () => {
  test('is open during a call and let go of after it', async () => {
    const started = audio.start()
    await asked()
    browser.allow()
    await started
    expect(audio.state.value.mode).toBe('on')
    expect([browser.live.size, browser.connected, browser.asleep]).toEqual([1, 1, false])
    audio.stop()
    expect(audio.state.value.mode).toBe('off')
    expect([browser.live.size, browser.connected, browser.asleep]).toEqual([0, 0, true])
  })

  test('is let go of when the call ended before the browser allowed it', async () => {
    const started = audio.start()
    await asked()
    audio.stop()
    browser.allow()
    await started
    expect(audio.state.value.mode).toBe('off')
    expect([browser.live.size, browser.connected, browser.asleep]).toEqual([0, 0, true])
  })

  test('belongs to the next call when that began before the browser allowed it', async () => {
    const first = audio.start()
    await asked()
    audio.stop()
    const second = audio.start()
    browser.allow()
    await Promise.all([first, second])
    expect(audio.state.value.mode).toBe('on')
    expect([browser.live.size, browser.connected, browser.asleep]).toEqual([1, 1, false])
  })
})
