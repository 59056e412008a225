import { loopbackCertificate as certificate, loopbackKey as privateKey } from '@netsip/transport/testing'
import { echo, tone, ToneDetector } from '@netsip/media'
import { describe, expect, test } from 'vitest'
import { createPhone } from './create-phone.ts'

const listen = { host: '127.0.0.1', port: 0 }

test.each(['udp', 'tcp'] as const)('a call over %s and RTP on this machine', async (transport) => {
  await using bob = await createPhone({ aor: 'sip:bob@127.0.0.1', transport, listen })
  bob.on('call', (call) => {
    const mirror = echo()
    call.record(mirror)
    return call.answer({ source: mirror })
  })
  await using alice = await createPhone({ aor: 'sip:alice@127.0.0.1', transport, listen })
  const detector = new ToneDetector(440, { blockMs: 50 })
  const call = await alice.call(`sip:bob@127.0.0.1:${bob.local.port};transport=${transport}`, { source: tone(440) })
  const heard = new Promise<void>((resolve) => {
    call.record({
      write(frame) {
        detector.write(frame)
        if (detector.heardMs >= 150) resolve()
      },
    })
  })
  await call.answered
  await heard
  await call.hangup()
  expect(await call.ended).toMatchObject({ by: 'local' })
  expect(call.stats()).toMatchObject({ codec: 'PCMU', lost: 0 })
})

describe('TLS', () => {
  const server = { ca: certificate, cert: certificate, key: privateKey }

  test.each([
    ['trusts the issuer it is told', { ca: certificate }],
    ['trusts anybody when told so', { insecure: true }],
  ])('%s', async (_, tls) => {
    await using bob = await createPhone({ aor: 'sip:bob@127.0.0.1', transport: 'tls', listen, tls: server })
    bob.on('call', (call) => call.answer())
    await using alice = await createPhone({ aor: 'sip:alice@127.0.0.1', transport: 'tls', listen, tls })
    const call = await alice.call(`sip:bob@127.0.0.1:${bob.local.port};transport=tls`)
    await call.answered
    await call.hangup()
    expect(await call.ended).toMatchObject({ by: 'local' })
  })

  test('the callee hangs up on the connection of a caller whom nobody can connect to', async () => {
    await using bob = await createPhone({ aor: 'sip:bob@127.0.0.1', transport: 'tls', listen, tls: server })
    bob.on('call', async (call) => {
      await call.answer()
      await call.hangup()
    })
    await using alice = await createPhone({
      aor: 'sip:alice@127.0.0.1',
      transport: 'tls',
      listen,
      tls: { ca: certificate },
    })
    const call = await alice.call(`sip:bob@127.0.0.1:${bob.local.port};transport=tls`)
    expect(await call.ended).toMatchObject({ by: 'remote' })
  })

  test('does not talk to a server that proves nothing', async () => {
    await using bob = await createPhone({ aor: 'sip:bob@127.0.0.1', transport: 'tls', listen, tls: server })
    await using alice = await createPhone({ aor: 'sip:alice@127.0.0.1', transport: 'tls', listen })
    const call = await alice.call(`sip:bob@127.0.0.1:${bob.local.port};transport=tls`)
    await expect(call.answered).rejects.toMatchObject({ code: 'ERR_SIP_REFUSED', message: /certificate/ })
  })
})

test('an address that is not ours cannot be listened on, and an option that is wrong is named', async () => {
  const aor = 'sip:alice@127.0.0.1'
  await expect(createPhone({ aor, listen: { host: '192.0.2.1' } })).rejects.toMatchObject({ code: 'ERR_SIP_LISTEN' })
  await expect(createPhone({ aor: 'sip:127.0.0.1' })).rejects.toThrow("'aor' is both user and domain")
  await expect(createPhone({ aor, proxy: 'sip:@@' })).rejects.toThrow("'proxy' is no SIP address")
  await expect(createPhone({ aor, transport: 'ws' })).rejects.toThrow('ws needs a server')
  await expect(createPhone({ aor, transport: 'sctp' as 'tcp' })).rejects.toThrow('udp, tcp, tls, ws or wss, not sctp')
  await expect(createPhone({ aor, codecs: ['PCMU', 'opus'] })).rejects.toThrow('no codec opus, only PCMU and PCMA')
})
