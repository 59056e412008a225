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
