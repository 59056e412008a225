import { expect, test } from 'vitest'
import { listenTcp } from './tcp-leg.ts'
import { listenTls } from './tls-leg.ts'
import { listenUdp } from './udp-leg.ts'
import { listenWs } from './ws-leg.ts'

const refused = expect.objectContaining({ name: 'SipError', code: 'ERR_SIP_ARGUMENT' })

test.each([listenUdp, listenTcp, listenTls, listenWs])(
  'T007 $name refuses a port that there is none of',
  async (listen) => {
    for (const port of [70_000, -1, 1.5, Number.NaN]) {
      await expect(listen({ host: '127.0.0.1', port })).rejects.toEqual(refused)
    }
  },
)

test.each([listenUdp, listenTcp, listenTls, listenWs])(
  'T007 T009 $name refuses to advertise what nobody reaches, and leaves its port free',
  async (listen) => {
    const taken = await listen({ host: '127.0.0.1', port: 0 })
    const { port } = taken.local
    await taken.close()
    for (const host of ['127.0.0.1', '0.0.0.0']) {
      await expect(listen({ host, port, advertise: { host: '0.0.0.0' } })).rejects.toEqual(refused)
      await expect(listen({ host, port, advertise: { host: 'two words' } })).rejects.toEqual(refused)
    }
    await (await listen({ host: '127.0.0.1', port })).close()
  },
)

test.each([listenUdp, listenTcp, listenTls, listenWs])(
  'T004 $name refuses limits that bound nothing and options of another type, and leaves its port free',
  async (listen) => {
    const taken = await listen({ host: '127.0.0.1', port: 0 })
    const { port } = taken.local
    await taken.close()
    for (const wrong of [
      { maxConnections: Number.NaN },
      { idleTimeout: -1 },
      { parse: { maxBody: '9' } },
      { host: 5 },
    ]) {
      await expect(listen({ host: '127.0.0.1', port, ...(wrong as object) })).rejects.toEqual(refused)
    }
    await expect(listen(5060 as never)).rejects.toEqual(refused)
    await (await listen({ host: '127.0.0.1', port })).close()
  },
)

test.each([
  ['listenUdp', listenUdp, { hots: '127.0.0.1' }, "there is no option 'hots'"],
  ['listenTcp', listenTcp, { hots: '127.0.0.1' }, "there is no option 'hots'"],
  ['listenTls', listenTls, { hots: '127.0.0.1' }, "there is no option 'hots'"],
  ['listenWs', listenWs, { hots: '127.0.0.1' }, "there is no option 'hots'"],
  ['listenTcp', listenTcp, { receiveBuffer: 5000 }, "there is no option 'receiveBuffer'"],
  ['listenUdp', listenUdp, { multicast: { group: ['224.0.1.75'] } }, "there is no option 'group'"],
  ['listenUdp', listenUdp, { parse: { maxbody: 5 } }, "there is no option 'maxbody'"],
  ['listenTls', listenTls, { clientCertificates: 'require' }, "there is no option 'clientCertificates'"],
  ['listenWs', listenWs, { origin: ['https://example.com'] }, "there is no option 'origin'"],
  ['listenWs', listenWs, { tls: { certificate: 'PEM' } }, "there is no option 'certificate'"],
])('T004 %s refuses what is misspelt, which would leave a door open: %#', async (_name, listen, options, objection) => {
  const attempt = (listen as (options: object) => Promise<unknown>)({ port: 0, ...options })
  await expect(attempt).rejects.toMatchObject({ code: 'ERR_SIP_ARGUMENT', message: expect.stringContaining(objection) })
})

test('T004 every option of a leg is known at its door', async () => {
  const common = { host: '127.0.0.1', port: 0, reusePort: false, advertise: { host: '192.0.2.1' }, maxConnections: 5 }
  const legs = [
    await listenUdp({ ...common, receiveBuffer: 5000, multicast: { groups: [] } }),
    await listenTcp(common),
    await listenTls({ ...common, hosts: {}, ca: [], alias: true, rejectUnauthorized: false }),
    await listenWs({ ...common, path: '/ws', origins: [] }),
  ]
  expect(legs.map((leg) => leg.protocol)).toEqual(['udp', 'tcp', 'tls', 'ws'])
  for (const leg of legs) await leg.close()
})
