import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { loopbackCertificate as certificate, loopbackKey as privateKey } from '@netsip/transport/testing'
import { describe, expect, test } from 'vitest'
import { Baresip } from './baresip.ts'
import { isMissing } from './missing.ts'
import { softphone, type Listening } from './softphone.ts'
import { secondsOf, toneWav } from './sound.ts'
import { scratchFolder } from './scratch.ts'

const folder = scratchFolder('secure')
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
const [cert, key, heard] = [file('cert.pem', certificate), file('key.pem', privateKey), join(folder, 'heard.wav')]
const sealed = ['--transport', 'tls', '--ca', cert, '--cert', cert, '--key', key, '--srtp', 'sdes', '--record', heard]
const account = '<sip:bob@127.0.0.1:%PORT%;transport=tls>;regint=0;mediaenc=srtp-mand'

describe.skipIf(isMissing('baresip'))('baresip over TLS, with SRTP and nothing else', () => {
  test('netsip calls it: sound both ways, and netsip hangs up', async () => {
    await using baresip = await Baresip.start(`${account};answermode=auto`, toneWav(440, 60))
    const uri = `sip:bob@127.0.0.1:${baresip.tlsPort};transport=tls`
    await using call = softphone(
      'call',
      uri,
      ...sealed,
      '--listen',
      '127.0.0.1:0',
      '--play',
      'tone:880',
      '--duration',
      '2',
    )
    expect((await call.exit).code, call.output).toBe(0)
    await baresip.event('CALL_CLOSED')
    expect(secondsOf(440, heard)).toBeGreaterThan(1)
    await baresip.stop()
    expect(Math.max(...baresip.recordings.map((path) => secondsOf(880, path)))).toBeGreaterThan(1)
  })

  test('it calls netsip: sound both ways, and baresip hangs up', async () => {
    const options = [...sealed, '--listen', '127.0.0.1:0', '--play', 'tone:880', '--max-calls', '1']
    await using answer = softphone('answer', ...options)
    const { port } = await answer.event<Listening>('listening')
    await using baresip = await Baresip.start(account, toneWav(440, 60))
    // baresip adds the transport of its account by itself
    baresip.command('dial', `sip:netsip@127.0.0.1:${port}`)
    await baresip.event('CALL_ESTABLISHED')
    await answer.event('answered')
    await wait(2000)
    baresip.command('hangup')
    expect(await answer.event('ended')).toMatchObject({ by: 'remote' })
    expect((await answer.exit).code, answer.output).toBe(0)
    expect(secondsOf(440, heard)).toBeGreaterThan(1)
    await baresip.stop()
    expect(Math.max(...baresip.recordings.map((path) => secondsOf(880, path)))).toBeGreaterThan(1)
  })
})
