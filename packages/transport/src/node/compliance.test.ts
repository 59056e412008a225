import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { SipRequest } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { legCompliance, type ComplianceHarness } from '../testing/compliance.ts'
import type { Leg } from '../leg/leg.ts'
import { hostPort } from '../ip.ts'
import { targetAt, targetOf } from '../target.ts'
import { failureOf, next, optionsFrom } from '../testing/requests.ts'
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

/** Opens a connection below a leg, so that it can be reset; resolves when it has sent a request. */
const raw: Record<string, (socket: Socket, leg: Leg, bytes: Uint8Array) => Promise<unknown>> = {
  tcp: async (socket, _leg, bytes) => void socket.write(bytes),
  tls: async (socket, _leg, bytes) => void connectTls({ socket, ca: testCa, servername: 'example.com' }).write(bytes),
  ws: (socket, leg, bytes) => webSocket(socket, leg, bytes),
  wss: (socket, leg, bytes) => webSocket(connectTls({ socket, ca: testCa, servername: 'example.com' }), leg, bytes),
}

async function webSocket(socket: Socket, leg: Leg, bytes: Uint8Array): Promise<void> {
  const client = new WebSocket(`ws://example.com:${leg.local.port}/`, ['sip'], { createConnection: () => socket })
  client.on('error', () => {})
  await once(client, 'open')
  client.send(bytes)
}

describe.each([
  ['TCP', (host: string) => listenTcp({ host, port: 0 })],
  ['TLS', (host: string) => listenTls({ host, port: 0, ...certificates.dns })],
  ['WS', (host: string) => listenWs({ host, port: 0 })],
  ['WSS', (host: string) => listenWs({ host, port: 0, tls: certificates.dns })],
] as const)('a %s leg', (_, listen) => {
  test.each(hosts)(
    'T043 T044c over %s tells of a connection that is reset, and what is sent on it fails',
    async (_, host) => {
      const leg: Leg = await listen(host)
      const socket = connect({ port: leg.local.port, host })
      socket.on('error', () => {})
      const arrived = next(leg, 'message')
      const request = optionsFrom(`SIP/2.0/${leg.protocol.toUpperCase()} x.invalid`)
      await raw[leg.protocol]?.(socket, leg, request.toBytes())
      const [message, source] = await arrived
      const told = next(leg, 'flowClosed')
      socket.resetAndDestroy()
      const [flow] = await told
      expect([flow === source.flow, flow.open]).toEqual([true, false])
      const response = (message as SipRequest).createResponse(200).toBytes()
      expect((await failureOf(leg, response, targetOf(source))).code).toBe('ERR_SIP_REFUSED')
      await leg.close()
    },
  )
})
