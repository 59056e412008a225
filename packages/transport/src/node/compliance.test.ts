import { describe, expect, test } from 'vitest'
import { legCompliance, type ComplianceHarness } from '../compliance.ts'
import type { Leg } from '../leg.ts'
import { hostPort } from '../ip.ts'
import { targetAt } from '../target.ts'
import { connectWs } from './connect-ws.ts'
import { listenWs } from './ws-leg.ts'
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

function webHarness(tls: boolean, host: string): ComplianceHarness {
  return {
    async pair(limits = {}) {
      const far = await listenWs({ ...limits, host, port: 0, ...(tls ? { tls: certificates.dns } : {}) })
      const url = `${tls ? 'wss' : 'ws'}://${hostPort(host, far.local.port)}/`
      const near = await connectWs(url, { ...limits, ca: testCa })
      return { near, far, target: near.server }
    },
    until: (promise) => promise,
  }
}

const hosts = [
  ['IPv4', '127.0.0.1'],
  ['IPv6', '::1'],
] as const
const cases = legCompliance.map((one) => [`${one.rules} ${one.name}`, one] as const)

describe.each([
  ['UDP', listenUdp],
  ['TCP', listenTcp],
  ['TLS', (options: ListenOptions) => listenTls({ ...options, ...certificates.dns, ca: testCa })],
] as const)('a %s leg', (_, listen) => {
  describe.each(hosts)('over %s', (_family, host) => {
    test.each(cases)('%s', async (_name, one) => {
      await expect(one.run(harness(listen, host))).resolves.toBeUndefined()
    })
  })
})

describe.each([
  ['WS', false],
  ['WSS', true],
])('T080 a %s leg', (_, tls) => {
  describe.each(hosts)('over %s', (_family, host) => {
    test.each(cases)('%s', async (_name, one) => {
      await expect(one.run(webHarness(tls, host))).resolves.toBeUndefined()
    })
  })
})
