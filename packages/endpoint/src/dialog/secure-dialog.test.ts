import { parseMessage, type SipRequest } from '@netsip/message'
import { listenTls, listenUdp } from '@netsip/transport/node'
import { loopbackCertificate, loopbackKey } from '@netsip/transport/testing'
import { expect, test } from 'vitest'
import { Dialog } from './dialog.ts'
import { listener, Party, World } from '../testing/pair.ts'

const target = { protocol: 'udp', addr: '10.0.0.2', port: 5060, family: 'IPv4' } as const

function invite(uri: string): SipRequest {
  const lines = [
    `INVITE ${uri} SIP/2.0`,
    'Via: SIP/2.0/TLS 10.0.0.1;branch=z9hG4bKs',
    'From: <sips:alice@10.0.0.1>;tag=a',
    'To: <sips:bob@10.0.0.2>',
    'Call-ID: s',
    'CSeq: 1 INVITE',
    'Contact: <sips:alice@10.0.0.1>',
  ]
  return parseMessage(`${lines.join('\r\n')}\r\n\r\n`) as SipRequest
}

const certificate = { cert: loopbackCertificate, key: loopbackKey }

test.each([
  ['tls', 'sips:bob@10.0.0.2', true],
  ['tls', 'sip:bob@10.0.0.2', false],
  ['udp', 'sips:bob@10.0.0.2', false],
] as const)('D096 a request over %s for %s makes a dialog whose secure is %s', async (proto, uri, secure) => {
  const at = { host: '127.0.0.1', port: 0 }
  const leg = await (proto === 'tls' ? listenTls({ ...at, ...certificate }) : listenUdp(at))
  const request = invite(uri)
  const from = { proto, addr: '127.0.0.1', host: '127.0.0.1', port: 5060, family: 'IPv4' } as const
  const dialog = Dialog.fromRequest(request, request.to.with({ tag: 'b' }), { path: { leg, from } })
  await leg.close()
  expect(dialog.secure).toBe(secure)
})

test.each([416, 480])('a sips request that is refused with %i is not sent again in the clear', async (status) => {
  const world = new World()
  const alice = new Party(world, 'alice')
  const bob = new Party(world, 'bob')
  bob.serve((ctx, request) =>
    bob.endpoint.newResponse(
      ctx,
      request.createResponse(status, { headers: { Warning: '380 bob "sips not allowed"' } }),
    ),
  )
  const { news, callback } = listener()
  alice.endpoint.newRequest('MESSAGE', { from: alice.uri, to: 'sips:bob@10.0.0.2' }, callback, 'x', { target })
  await world.pass(40_000)
  expect(bob.seen).toHaveLength(1)
  expect(news.map((one) => one.status)).toEqual([status])
})
