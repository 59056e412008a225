import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { Baresip } from './baresip.ts'
import { isMissing } from './missing.ts'
import { softphone, type Listening } from './softphone.ts'
import { secondsOf, toneWav } from './sound.ts'
import { scratchFolder } from './scratch.ts'

// baresip hangs up at the end of the file it plays, so the file outlasts every call.
const longTone = toneWav(440, 60)
const recording = (): string => join(scratchFolder('record'), 'heard.wav')

describe.skipIf(isMissing('baresip'))('baresip', () => {
  test('netsip calls baresip: its 440 Hz tone is in the recording, ours is in its own, DTMF arrives', async () => {
    await using baresip = await Baresip.start('<sip:bob@127.0.0.1:%PORT%>;regint=0;answermode=auto', longTone)
    const heard = recording()
    await using call = softphone(
      'call',
      `sip:bob@127.0.0.1:${baresip.sipPort}`,
      '--listen',
      '127.0.0.1:0',
      '--play',
      'tone:880',
      '--record',
      heard,
      '--dtmf',
      '5',
      '--duration',
      '4',
    )
    await baresip.event('CALL_DTMF_START', (event) => event.param === '5')
    expect((await call.exit).code, call.output).toBe(0)
    expect(secondsOf(440, heard)).toBeGreaterThan(2.5)
    await baresip.event('CALL_CLOSED')
    await baresip.stop()
    expect(Math.max(...baresip.recordings.map((file) => secondsOf(880, file)))).toBeGreaterThan(2)
  })

  test('baresip calls netsip: sound both ways, its DTMF is reported, its hang-up ends the call', async () => {
    const heard = recording()
    await using answer = softphone(
      'answer',
      '--listen',
      '127.0.0.1:0',
      '--play',
      'tone:880',
      '--record',
      heard,
      '--max-calls',
      '1',
    )
    const { port } = await answer.event<Listening>('listening')
    await using baresip = await Baresip.start('<sip:bob@127.0.0.1:%PORT%>;regint=0', longTone)
    baresip.command('dial', `sip:netsip@127.0.0.1:${port}`)
    await baresip.event('CALL_ESTABLISHED')
    await wait(1500)
    baresip.command('sndcode', '7')
    expect(await answer.event('dtmf')).toMatchObject({ digit: '7', via: 'rtp' })
    await wait(1500)
    baresip.command('hangup')
    expect(await answer.event('ended')).toMatchObject({ by: 'remote' })
    expect((await answer.exit).code, answer.output).toBe(0)
    expect(secondsOf(440, heard)).toBeGreaterThan(1.5)
    await baresip.stop()
    expect(Math.max(...baresip.recordings.map((file) => secondsOf(880, file)))).toBeGreaterThan(1.5)
  })

  test('netsip calls another, then baresip, and hands the other over to it: both typed, and they are connected', async () => {
    const heard = recording()
    const listen = ['--listen', '127.0.0.1:0']
    await using carol = softphone('answer', ...listen, '--accept-transfers', '--play', 'tone:880', '--record', heard)
    const { port } = await carol.event<Listening>('listening')
    await using baresip = await Baresip.start('<sip:bob@127.0.0.1:%PORT%>;regint=0;answermode=auto', longTone)
    await using alice = softphone('call', `sip:carol@127.0.0.1:${port}`, ...listen, '--commands')
    await alice.event('answered')
    alice.type(`dial sip:bob@127.0.0.1:${baresip.sipPort}`)
    expect(await alice.event('hold')).toMatchObject({ local: true })
    await baresip.event('CALL_ESTABLISHED')
    alice.type('calls')
    await alice.line((line) => line.startsWith('> 2') && line.endsWith('in call'))
    alice.type('atransfer')
    expect((await alice.exit).code, alice.output).toBe(0)
    await wait(1500)
    expect((await carol.stop()).code, carol.output).toBe(0)
    expect(secondsOf(440, heard.replace('.wav', '-transferred.wav'))).toBeGreaterThan(1)
    await baresip.stop()
    expect(Math.max(...baresip.recordings.map((file) => secondsOf(880, file)))).toBeGreaterThan(1)
  })
})
