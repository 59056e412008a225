import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Baresip } from './baresip.ts'
import { accounts, Kamailio } from './kamailio.ts'
import { isMissing } from './missing.ts'
import { softphone } from './softphone.ts'
import { secondsOf, toneWav } from './sound.ts'

describe.skipIf(isMissing('kamailio'))('kamailio', () => {
  let kamailio: Kamailio
  beforeAll(async () => {
    kamailio = await Kamailio.start()
  })
  afterAll(() => kamailio?.[Symbol.asyncDispose]())

  const account = (user: string, password: string, transport: string): string[] => [
    '--aor',
    `sip:${user}@127.0.0.1:${kamailio.port}`,
    '--registrar',
    `sip:127.0.0.1:${kamailio.port};transport=${transport}`,
    '--proxy',
    `sip:127.0.0.1:${kamailio.port};transport=${transport}`,
    '--user',
    user,
    '--password',
    password,
    '--transport',
    transport,
    '--listen',
    '127.0.0.1:0',
  ]

  test.each(['udp', 'tcp'])('registers with digest over %s and unregisters at Ctrl+C', async (transport) => {
    await using phone = softphone('register', ...account('alice', accounts.alice, transport))
    expect(await phone.event('registered')).toMatchObject({ aor: `sip:alice@127.0.0.1:${kamailio.port}` })
    expect((await phone.stop('SIGINT')).code, phone.output).toBe(0)
    expect(phone.events.at(-1)).toMatchObject({ event: 'unregistered' })
  })

  test.each(['udp', 'tcp'])('a wrong password over %s is one error and exit code 1', async (transport) => {
    await using phone = softphone('register', ...account('alice', 'nope', transport))
    expect((await phone.exit).code, phone.output).toBe(1)
    expect(phone.events.at(-1)).toMatchObject({ event: 'error', code: 'ERR_SIP_AUTH', status: 401 })
  })

  test.skipIf(isMissing('baresip')).each(['udp', 'tcp'])(
    'calls baresip through Kamailio over %s',
    async (transport) => {
      const baresipAccount = `<sip:bob@127.0.0.1:${kamailio.port};transport=udp>;auth_user=bob;auth_pass=${accounts.bob};regint=60;answermode=auto`
      await using baresip = await Baresip.start(baresipAccount, toneWav(440, 60))
      await baresip.says('[1 binding]')
      const heard = join(mkdtempSync(join(tmpdir(), 'netsip-record-')), 'heard.wav')
      await using call = softphone(
        'call',
        `sip:bob@127.0.0.1:${kamailio.port}`,
        ...account('alice', accounts.alice, transport),
        '--record',
        heard,
        '--duration',
        '3',
      )
      expect((await call.exit).code, call.output).toBe(0)
      await baresip.event('CALL_CLOSED')
      expect(secondsOf(440, heard)).toBeGreaterThan(2)
    },
  )
})
