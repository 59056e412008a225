import { describe, expect, test } from 'vitest'
import { legCompliance, type ComplianceHarness } from '../compliance.ts'
import type { Leg } from '../leg.ts'
import { targetAt } from '../target.ts'
import type { ListenOptions } from './listen-options.ts'
import { listenTcp } from './tcp-leg.ts'
import { certificates, testCa } from './testing/certificates.ts'
import { listenTls } from './tls-leg.ts'
import { listenUdp } from './udp-leg.ts'

function harness(listen: (options: ListenOptions) => Promise<Leg>, host: string): ComplianceHarness {
  return {
    async pair(limits = {}) {
      const [near, far] = await Promise.all([
        listen({ ...limits, host, port: 0 }),
        listen({ ...limits, host, port: 0 }),
      ])
      const target = targetAt(far.protocol, far.local.host, far.local.port)
      return { near, far, target: far.secure ? { ...target, serverName: 'example.com' } : target }
    },
    until: (promise) => promise,
  }
}

describe.each([
  ['UDP', listenUdp],
  ['TCP', listenTcp],
  ['TLS', (options: ListenOptions) => listenTls({ ...options, ...certificates.dns, ca: testCa })],
] as const)('a %s leg', (_, listen) => {
  describe.each([
    ['IPv4', '127.0.0.1'],
    ['IPv6', '::1'],
  ])('over %s', (_family, host) => {
    test.each(legCompliance.map((one) => [`${one.rules} ${one.name}`, one] as const))('%s', async (_name, one) => {
      await expect(one.run(harness(listen, host))).resolves.toBeUndefined()
    })
  })
})
