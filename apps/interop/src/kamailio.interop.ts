import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loopbackCertificate as certificate } from '@netsip/transport/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Baresip } from './baresip.ts'
import { accounts, Kamailio } from './kamailio.ts'
import { isMissing } from './missing.ts'
import { softphone } from './softphone.ts'
import { secondsOf, toneWav } from './sound.ts'
import { scratchFolder } from './scratch.ts'

type User = keyof typeof accounts

const ca = join(scratchFolder('ca'), 'ca.pem')
writeFileSync(ca, certificate)
const recording = (): string => join(scratchFolder('record'), 'heard.wav')

/** What makes a softphone the phone of this user, on a transport. */
function account(kamailio: Kamailio, user: User, transport: string, password: string = accounts[user]): string[] {
  const own = ['--aor', `sip:${user}@127.0.0.1:${kamailio.port}`, '--user', user, '--password', password]
  const server = ['--registrar', kamailio.uri(transport), '--proxy', kamailio.uri(transport)]
  const socket = transport.startsWith('ws') ? [] : ['--listen', '127.0.0.1:0']
  return [...own, ...server, '--transport', transport, '--ca', ca, ...socket]
}

function baresipAccount(kamailio: Kamailio, user: User, more = ''): string {
  return `<sip:${user}@127.0.0.1:${kamailio.port};transport=udp>;auth_user=${user};auth_pass=${accounts[user]};regint=60${more}`
}

describe.skipIf(isMissing('kamailio'))('kamailio', () => {
  let kamailio: Kamailio
  beforeAll(async () => {
    kamailio = await Kamailio.start()
  })
  afterAll(() => kamailio?.[Symbol.asyncDispose]())

  test.each(['udp', 'tcp', 'tls', 'ws', 'wss'])(
    'registers with digest over %s and unregisters at Ctrl+C',
    async (transport) => {
      await using phone = softphone('register', ...account(kamailio, 'alice', transport))
      expect(await phone.event('registered')).toMatchObject({ aor: `sip:alice@127.0.0.1:${kamailio.port}` })
      expect((await phone.stop('SIGINT')).code, phone.output).toBe(0)
      expect(phone.events.at(-1)).toMatchObject({ event: 'unregistered' })
    },
  )

  test.each(['udp', 'tls'])('a wrong password over %s is one error and exit code 1', async (transport) => {
    await using phone = softphone('register', ...account(kamailio, 'alice', transport, 'nope'))
    expect((await phone.exit).code, phone.output).toBe(1)
    expect(phone.events.at(-1)).toMatchObject({ event: 'error', code: 'ERR_SIP_AUTH', status: 401 })
  })

  test.skipIf(isMissing('baresip')).each(['udp', 'tcp', 'tls', 'ws', 'wss'])(
    'calls baresip through the record-routing Kamailio over %s, and hangs up',
    async (transport) => {
      await using baresip = await Baresip.start(baresipAccount(kamailio, 'bob', ';answermode=auto'), toneWav(440, 60))
      await baresip.says('[1 binding]')
      const heard = recording()
      const call = ['call', `sip:bob@127.0.0.1:${kamailio.port}`, ...account(kamailio, 'alice', transport)]
      await using alice = softphone(...call, '--record', heard, '--duration', '1.5', '--trace')
      expect((await alice.exit).code, alice.output).toBe(0)
      await baresip.event('CALL_CLOSED')
      expect(secondsOf(440, heard)).toBeGreaterThan(1)
      expect(headersOf(alice.output, 'BYE ')).toMatch(/^ +Route: <sip:127\.0\.0\.1.*;lr/m)
    },
  )

  test.skipIf(isMissing('baresip')).each(['udp', 'tcp', 'tls', 'ws'])(
    'is called by baresip through Kamailio over %s, which hangs up',
    async (transport) => {
      await using alice = softphone('answer', ...account(kamailio, 'alice', transport), '--max-calls', '1')
      await alice.event('registered')
      await using baresip = await Baresip.start(baresipAccount(kamailio, 'bob'), toneWav(440, 60))
      await baresip.says('[1 binding]')
      baresip.command('dial', `sip:alice@127.0.0.1:${kamailio.port}`)
      await baresip.event('CALL_ESTABLISHED')
      await alice.event('answered')
      baresip.command('hangup')
      expect(await alice.event('ended')).toMatchObject({ by: 'remote' })
      expect((await alice.exit).code, alice.output).toBe(0)
    },
  )

  test('a phone on WebSocket calls one on TLS through Kamailio; the one that is called hangs up', async () => {
    await using bob = softphone('answer', ...account(kamailio, 'bob', 'tls'), '--play', 'tone:440', '--duration', '1.5')
    await bob.event('registered')
    const heard = recording()
    const call = ['call', `sip:bob@127.0.0.1:${kamailio.port}`, ...account(kamailio, 'alice', 'ws')]
    await using alice = softphone(...call, '--record', heard)
    expect((await alice.exit).code, alice.output).toBe(0)
    expect(await alice.event('ended')).toMatchObject({ by: 'remote' })
    expect(secondsOf(440, heard)).toBeGreaterThan(1)
    expect((await bob.stop()).code, bob.output).toBe(0)
  })
})

describe.skipIf(isMissing('kamailio'))('kamailio that asks for SHA-256', () => {
  test('registers, and calls through it', async () => {
    await using kamailio = await Kamailio.start({ algorithm: 'SHA-256' })
    await using bob = softphone('answer', ...account(kamailio, 'bob', 'tcp'), '--max-calls', '1', '--trace')
    await bob.event('registered')
    expect(bob.output).toMatch(/^ +Authorization: Digest .*algorithm=SHA-256/m)
    const call = ['call', `sip:bob@127.0.0.1:${kamailio.port}`, ...account(kamailio, 'alice', 'udp')]
    await using alice = softphone(...call, '--duration', '0.3', '--trace')
    expect((await alice.exit).code, alice.output).toBe(0)
    expect(headersOf(alice.output, 'ACK ')).toMatch(/^ +Proxy-Authorization: Digest .*algorithm=SHA-256/m)
    expect((await bob.exit).code, bob.output).toBe(0)
  })
})

/** The head of the last request of a method in a trace, which is indented. */
function headersOf(trace: string, method: string): string {
  const lines = trace.split('\n')
  const start = lines.findLastIndex((line) => line.trimStart().startsWith(method))
  const rest = start < 0 ? [] : lines.slice(start)
  return rest
    .slice(
      0,
      rest.findIndex((line) => line.trim() === ''),
    )
    .join('\n')
}
