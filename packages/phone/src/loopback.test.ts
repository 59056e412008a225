import { echo, tone, ToneDetector } from '@netsip/media'
import { expect, test } from 'vitest'
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

test('an address that is not ours cannot be listened on, and an option that is wrong is named', async () => {
  const aor = 'sip:alice@127.0.0.1'
  await expect(createPhone({ aor, listen: { host: '192.0.2.1' } })).rejects.toMatchObject({ code: 'ERR_SIP_LISTEN' })
  await expect(createPhone({ aor: 'sip:127.0.0.1' })).rejects.toThrow("'aor' names no user")
  await expect(createPhone({ aor, proxy: 'sip:@@' })).rejects.toThrow("'proxy' is no SIP address")
  await expect(createPhone({ aor, transport: 'ws' })).rejects.toThrow('ws needs a server')
})
