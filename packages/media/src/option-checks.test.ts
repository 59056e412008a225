import { expect, test } from 'vitest'
import { tone } from './audio/tone.ts'
import { wavSource } from './audio/wav-source.ts'
import { dtmfTones } from './dtmf/tones.ts'
import { MemoryPacketNetwork } from './memory-network.ts'
import { rtpBackend } from './node/rtp-backend.ts'
import { JitterBuffer } from './rtp/jitter-buffer.ts'
import { RtpSession } from './rtp-session.ts'

const sockets = { rtp: new MemoryPacketNetwork().bind('192.0.2.1') }

/** Each door with one option that bounds nothing, or is of another type. */
const doors: Record<string, (wrong: object) => unknown> = {
  rtpBackend: (wrong) => rtpBackend(wrong),
  RtpSession: (wrong) => new RtpSession({ sockets, ...wrong }),
  JitterBuffer: (wrong) => new JitterBuffer(wrong),
  tone: (wrong) => tone(440, wrong),
  wavSource: (wrong) => wavSource(new Uint8Array(), wrong),
  dtmfTones: (wrong) => dtmfTones('1', wrong),
  MemoryPacketNetwork: (wrong) => new MemoryPacketNetwork(wrong),
}

test.each<[door: string, wrong: object, name: string]>([
  ['rtpBackend', { inactivityMs: Number.NaN }, 'inactivityMs'],
  ['rtpBackend', { portRange: 10_000 }, 'portRange'],
  ['rtpBackend', { jitterBuffer: { maxDelayMs: -1 } }, 'maxDelayMs'],
  ['rtpBackend', { host: 5 }, 'host'],
  ['RtpSession', { ptime: 0 }, 'ptime'],
  ['RtpSession', { codecs: 'PCMU' }, 'codecs'],
  ['JitterBuffer', { maxDelayMs: Number.NaN }, 'maxDelayMs'],
  ['tone', { durationMs: Number.NaN }, 'durationMs'],
  ['tone', { level: 'loud' }, 'level'],
  ['wavSource', { times: -1 }, 'times'],
  ['dtmfTones', { durationMs: Number.NaN }, 'durationMs'],
  ['MemoryPacketNetwork', { loss: Number.NaN }, 'loss'],
])('%s refuses %o', (door, wrong, name) => {
  const message = expect.stringContaining(`'${name}' must be`) as string
  const refused = expect.objectContaining({ code: 'ERR_MEDIA_ARGUMENT', message }) as Error
  expect(() => doors[door]!(wrong)).toThrow(refused)
})

test('a misspelt way to seal the sound is refused, not taken for none', () => {
  const wrong = { srtp: 'SDES' } as object
  expect(() => new RtpSession({ sockets, ...wrong })).toThrow("'srtp' is off or sdes, not SDES")
})
