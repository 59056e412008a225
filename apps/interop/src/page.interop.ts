import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startChromium } from './chromium.ts'
import { isMissing } from './missing.ts'
import { softphone } from './softphone.ts'
import { toneWav } from './sound.ts'
import { scratchFolder } from './scratch.ts'

// Taps what the page sends to the loudspeaker, so that the test can look for tones in it.
function tapLoudspeaker(): void {
  const { value } = Object.getOwnPropertyDescriptor(AudioNode.prototype, 'connect')!
  const connect = value as (this: AudioNode, to: AudioNode) => AudioNode
  Object.assign(AudioNode.prototype, {
    connect(this: AudioNode, to: AudioNode): AudioNode {
      if (to === this.context.destination) {
        const tap = this.context.createAnalyser()
        tap.fftSize = 8192
        connect.call(this, tap)
        Object.assign(globalThis, { tap })
      }
      return connect.call(this, to)
    },
  })
}

// The loudest frequency now, 0 in silence.
function loudestHz(): number {
  const { tap } = globalThis as unknown as { tap?: AnalyserNode }
  if (!tap) return 0
  const bins = new Float32Array(tap.frequencyBinCount)
  tap.getFloatFrequencyData(bins)
  const peak = bins.reduce((best, level, bin) => (level > bins[best]! ? bin : best), 0)
  return bins[peak]! < -70 ? 0 : Math.round((peak * tap.context.sampleRate) / tap.fftSize)
}

// Keeps the tracks of the microphone, so that the test can see whether the page lets go of them.
function keepTracks(): void {
  const { mediaDevices } = navigator
  const open = mediaDevices.getUserMedia.bind(mediaDevices)
  const tracks: MediaStreamTrack[] = []
  Object.assign(globalThis, { tracks })
  mediaDevices.getUserMedia = async (wanted) => {
    const stream = await open(wanted)
    tracks.push(...stream.getTracks())
    return stream
  }
}

function tracksByState(): Record<string, number> {
  const { tracks } = globalThis as unknown as { tracks: MediaStreamTrack[] }
  const states = { live: 0, ended: 0 }
  for (const { readyState } of tracks) states[readyState]++
  return states
}

const isOurTone = (hz: number): boolean => hz > 420 && hz < 460

describe.skipIf(isMissing('chromium'))('the web page in Chromium', () => {
  test('calls the echo line: the microphone comes back out of the loudspeaker', async () => {
    const microphone = join(scratchFolder('page'), 'microphone.wav')
    writeFileSync(microphone, toneWav(440, 30))
    await using phone = softphone()
    const line = await phone.line((text) => text.includes('http://127.0.0.1:'), 60_000)
    const url = /http:\/\/127\.0\.0\.1:[^\s"]+/.exec(line)![0]
    const browser = await startChromium(`--use-file-for-fake-audio-capture=${microphone}`)
    try {
      const page = await browser.newPage()
      const errors: string[] = []
      page.on('pageerror', (error) => errors.push(String(error)))
      page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
      await page.addInitScript(tapLoudspeaker)
      await page.addInitScript(keepTracks)
      await page.goto(url)
      await page.getByRole('textbox').fill('not an address')
      await page.keyboard.press('Enter')
      await page.getByText('is not an address to call').waitFor()
      await expect.poll(() => page.evaluate(tracksByState)).toEqual({ live: 0, ended: 1 })
      await page.getByRole('button', { name: /echo/i }).click()
      await page.getByText('In call').waitFor()
      await expect.poll(() => page.evaluate(loudestHz), { timeout: 10_000 }).toSatisfy(isOurTone)
      await page.getByRole('button', { name: '5', exact: true }).click()
      const picture = process.env['NETSIP_SCREENSHOT']
      if (picture) await page.screenshot({ path: picture })
      await page.getByRole('button', { name: 'Hang up' }).click()
      await page.getByText('In call').waitFor({ state: 'detached' })
      expect(await page.evaluate(tracksByState)).toEqual({ live: 0, ended: 2 })
      expect(errors).toEqual([])
    } finally {
      await browser.close()
    }
    expect((await phone.stop()).code).toBe(0)
  })
})
