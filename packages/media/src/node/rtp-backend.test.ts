import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemRandom } from '@netsip/runtime'
import { SeededRandom } from '@netsip/runtime/testing'
import { expect, test } from 'vitest'
import { echo } from '../audio/echo.ts'
import { tone } from '../audio/tone.ts'
import { ToneDetector } from '../audio/tone-detector.ts'
import { wavSource } from '../audio/wav-source.ts'
import type { MediaSession } from '../session.ts'
import { allocatePorts } from './ports.ts'
import { rtpBackend } from './rtp-backend.ts'
import { openUdpSocket } from './udp-socket.ts'
import { openWavFile, wavFileSink } from './wav-file.ts'

// another stretch of ports for each process, as others may run the same tests at the same time
const base = 20_000 + (process.pid % 900) * 40

async function agree(alice: MediaSession, bob: MediaSession): Promise<void> {
  alice.acceptAnswer(await bob.acceptOffer(await alice.createOffer()))
}

test.each(['127.0.0.1', '::1'])('A025 A028 A130 a tone goes to an echo and back over UDP on %s', async (host) => {
  const backend = rtpBackend({ host, idle: 'quiet' })
  const [alice, bob] = await Promise.all([backend.createSession(), backend.createSession()])
  await agree(alice, bob)
  const mirror = echo()
  bob.setSource(mirror)
  bob.addSink(mirror)
  const detector = new ToneDetector(440)
  const heard = new Promise<void>((done) => {
    let frames = 0
    alice.addSink({ direct: true, write: () => void (++frames === 10 && done()) })
  })
  alice.addSink(detector)
  alice.setSource(tone(440, { durationMs: 200 }))
  bob.start()
  alice.start()
  await heard
  await Promise.all([alice.close(), bob.close()])
  expect(alice.stats()).toMatchObject({ sent: 10, received: 10, lost: 0 })
  expect(detector.present).toBe(true)
})

test('A025 A026 ports are an even one and its successor, in the range', async () => {
  const { rtp, rtcp } = await allocatePorts('127.0.0.1', [base + 1, base + 9], systemRandom)
  expect(rtp.local.port % 2).toBe(0)
  expect(rtcp!.local.port).toBe(rtp.local.port + 1)
  expect(rtp.local.port).toBeGreaterThanOrEqual(base + 2)
  await Promise.all([rtp.close(), rtcp!.close()])
})

test('A026b when no pair is free that is said, and nothing stays open', async () => {
  const { rtp, rtcp } = await allocatePorts('127.0.0.1', [base, base + 9], new SeededRandom(3))
  const { port } = rtp.local
  await rtp.close()
  // the odd port is still taken, so each attempt binds the even one and has to give it up again
  await expect(allocatePorts('127.0.0.1', [port, port + 1], systemRandom)).rejects.toMatchObject({
    code: 'ERR_MEDIA_PORTS',
  })
  const again = await openUdpSocket('127.0.0.1', port)
  expect(again.local.port).toBe(port)
  await Promise.all([again.close(), rtcp!.close()])
})

test('A026 the last free pair of a range is found', async () => {
  const range = [base + 20, base + 39] as const
  const pairs = await Promise.all(Array.from({ length: 10 }, () => allocatePorts('127.0.0.1', range, systemRandom)))
  expect(new Set(pairs.map(({ rtp }) => rtp.local.port)).size).toBe(10)
  await expect(allocatePorts('127.0.0.1', range, systemRandom)).rejects.toMatchObject({ code: 'ERR_MEDIA_PORTS' })
  await Promise.all(pairs.flatMap(({ rtp, rtcp }) => [rtp.close(), rtcp!.close()]))
})

test('A026b an address that is not ours and a range without a pair are said', async () => {
  await expect(allocatePorts('192.0.2.1', [base, base + 9], systemRandom)).rejects.toMatchObject({
    code: 'ERR_MEDIA_PORTS',
  })
  const wrong = [[base + 1, base + 2], [base + 9, base], [0, 9], [65_530, 70_000], [base], ['1', '9']]
  for (const portRange of wrong as [number, number][])
    expect(() => rtpBackend({ portRange })).toThrow(expect.objectContaining({ code: 'ERR_MEDIA_ARGUMENT' }))
})

test('A022 a wildcard is bound, but an address that can be reached is offered', async () => {
  const session = await rtpBackend({ host: '0.0.0.0' }).createSession()
  const offer = await session.createOffer()
  expect(offer).not.toContain('0.0.0.0')
  expect(offer).toMatch(/^c=IN IP4 \d+\.\d+\.\d+\.\d+\r$/m)
  await session.close()
})

test('A022 the address that a call names is offered, also when a NAT has it', async () => {
  for (const host of ['127.0.0.1', '[::1]', '203.0.113.7']) {
    const session = await rtpBackend().createSession({ host })
    expect(await session.createOffer()).toMatch(new RegExp(`^c=IN IP[46] ${host.replace(/[[\]]/g, '')}\r$`, 'm'))
    await session.close()
  }
})

test('A027 a session that cannot be made leaves no socket behind', async () => {
  const backend = rtpBackend({ portRange: [base + 10, base + 11] })
  await expect(backend.createSession({ codecs: ['OPUS'] })).rejects.toMatchObject({ code: 'ERR_MEDIA_ARGUMENT' })
  const session = await backend.createSession()
  await session.close()
})

test('A130 a recording has every frame, and plays as it was', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'netsip-'))
  try {
    const path = join(folder, 'tone.wav')
    const sink = wavFileSink(path)
    const source = tone(440, { durationMs: 6000 })
    const frame = new Int16Array(160)
    while (source.read(frame)) sink.write(frame.slice())
    sink.end?.()
    await sink.close()
    const bytes = await readFile(path)
    expect(bytes.length).toBe(44 + 6000 * 16)

    const fromMemory = wavSource(bytes)
    const fromFile = await openWavFile(path)
    const expected = new Int16Array(160)
    let frames = 0
    while (fromMemory.read(expected)) {
      expect(fromFile.read(frame)).toBe(true)
      expect(frame).toEqual(expected)
      frames++
      if (frames % 50 === 0) await fromFile.ready()
    }
    expect(frames).toBe(300)
    expect(fromFile.read(frame)).toBe(false)
    await fromFile.close()
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a file that is no WAV, or is not there, is refused with the reason', async () => {
  await expect(openWavFile('/nowhere/at/all.wav')).rejects.toMatchObject({ code: 'ENOENT' })
  await expect(openWavFile(import.meta.filename)).rejects.toMatchObject({ code: 'ERR_MEDIA_WAV' })
  await expect(wavFileSink('/nowhere/at/all.wav').close()).rejects.toMatchObject({ code: 'ENOENT' })
})
