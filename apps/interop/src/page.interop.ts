import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { Baresip } from './baresip.ts'
import type { Child } from './child.ts'
import { startChromium } from './chromium.ts'
import { isMissing } from './missing.ts'
import { type Listening, softphone } from './softphone.ts'
import { secondsOf, toneWav } from './sound.ts'
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

/** The page that a softphone serves, open in Chromium; what goes wrong in it is collected. */
async function openPage(
  phone: Child,
  browser: Browser,
  ...scripts: (() => void)[]
): Promise<{ page: Page; errors: string[] }> {
  const line = await phone.line((text) => text.includes('http://127.0.0.1:'), 60_000)
  const url = /http:\/\/127\.0\.0\.1:[^\s"]+/.exec(line)![0]
  const page = await browser.newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(String(error)))
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  for (const script of scripts) await page.addInitScript(script)
  await page.goto(url)
  return { page, errors }
}

/** Where somebody wants to see the page: `NETSIP_SCREENSHOT=FOLDER`. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['NETSIP_SCREENSHOT']
  if (folder) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
}

describe.skipIf(isMissing('chromium'))('the web page in Chromium', () => {
  test('calls the echo line: the microphone comes back out of the loudspeaker', async () => {
    const microphone = join(scratchFolder('page'), 'microphone.wav')
    writeFileSync(microphone, toneWav(440, 30))
    await using phone = softphone()
    const browser = await startChromium(`--use-file-for-fake-audio-capture=${microphone}`)
    try {
      const { page, errors } = await openPage(phone, browser, tapLoudspeaker, keepTracks)
      await picture(page, 'idle')
      await page.getByRole('textbox').fill('not an address')
      await page.keyboard.press('Enter')
      await page.getByText('is not an address to call').waitFor()
      await expect.poll(() => page.evaluate(tracksByState)).toEqual({ live: 0, ended: 1 })
      await page.getByRole('button', { name: /echo/i }).click()
      await page.getByText('In call').waitFor()
      await expect.poll(() => page.evaluate(loudestHz), { timeout: 10_000 }).toSatisfy(isOurTone)
      await page.getByRole('button', { name: '5', exact: true }).click()
      await picture(page, 'in-call')
      await page.getByRole('button', { name: 'Hang up' }).click()
      await page.getByText('In call').waitFor({ state: 'detached' })
      expect(await page.evaluate(tracksByState)).toEqual({ live: 0, ended: 2 })
      expect(errors).toEqual([])
    } finally {
      await browser.close()
    }
    expect((await phone.stop()).code).toBe(0)
  })

  test.skipIf(isMissing('baresip'))(
    'hands one call over to another: the two are connected, and the page is out of both',
    async () => {
      const heard = join(scratchFolder('handover'), 'heard.wav')
      await using baresip = await Baresip.start('<sip:bob@127.0.0.1:%PORT%>;regint=0;answermode=auto', toneWav(440, 60))
      const sound = ['--play', 'tone:880', '--record', heard]
      await using carol = softphone('answer', '--listen', '127.0.0.1:0', '--accept-transfers', ...sound)
      const { port } = await carol.event<Listening>('listening')
      await using phone = softphone()
      const browser = await startChromium()
      try {
        const { page, errors } = await openPage(phone, browser)
        const [bob, her] = [`bob@127.0.0.1:${baresip.sipPort}`, `carol@127.0.0.1:${port}`]
        const cards = [bob, her].map((name) => page.getByRole('article', { name: `Call with ${name}` }))
        const field = page.getByRole('textbox', { name: /^Call/ })
        await field.fill(bob)
        await field.press('Enter')
        await cards[0]!.getByText('In call').waitFor()
        await cards[0]!.getByRole('button', { name: 'Hold' }).click()
        await cards[0]!.getByText('on hold').waitFor()
        await field.fill(her)
        await field.press('Enter')
        await cards[1]!.getByText('In call').waitFor()
        await picture(page, 'two-calls')
        await cards[1]!.getByRole('button', { name: `Hand over to ${bob}` }).click()
        for (const card of cards) await card.waitFor({ state: 'detached' })
        expect(await carol.event('transfer')).toMatchObject({
          target: expect.stringContaining(bob.replace('bob', '')) as string,
        })
        await baresip.event('CALL_CLOSED')
        await wait(1500)
        expect(carol.events.filter(({ event }) => event === 'ended')).toMatchObject([{ by: 'remote' }])
        await picture(page, 'handed-over')
        expect(errors).toEqual([])
      } finally {
        await browser.close()
      }
      expect((await phone.stop()).code).toBe(0)
      expect((await carol.stop()).code, carol.output).toBe(0)
      expect(secondsOf(440, heard.replace('.wav', '-transferred.wav'))).toBeGreaterThan(1)
      await baresip.stop()
      expect(Math.max(...baresip.recordings.map((file) => secondsOf(880, file)))).toBeGreaterThan(1)
    },
  )
})
