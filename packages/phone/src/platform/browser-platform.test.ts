import { systemClock, systemRandom } from '@netsip/runtime'
import { describe, expect, test } from 'vitest'
import { platform } from './browser-platform.ts'

const clock = systemClock
const refused = (message: RegExp): unknown =>
  expect.objectContaining({ code: 'ERR_SIP_ARGUMENT', message: expect.stringMatching(message) })

describe('the platform of browsers says what a page cannot have', () => {
  test.each(['udp', 'tcp', 'tls'] as const)('a leg of %s', async (transport) => {
    await expect(platform.listen({ transport, clock })).rejects.toEqual(refused(/'transport' is wss or ws/))
  })

  test('a word in who is trusted', async () => {
    const options = { transport: 'wss', webSocket: 'wss://127.0.0.1:1/', clock } as const
    await expect(platform.listen({ ...options, tls: { insecure: true } })).rejects.toEqual(refused(/leave 'tls' out/))
  })

  test('a server that nobody has named', async () => {
    await expect(platform.listen({ transport: 'wss', clock })).rejects.toEqual(refused(/name a registrar or a proxy/))
  })

  test('RTP', () => {
    expect(() => platform.media({ host: '0.0.0.0', clock, random: systemRandom })).toThrow(refused(/'media' backend/))
  })
})
