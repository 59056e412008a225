import { Dispatcher } from '@netsip/dispatcher'
import { createServer, type Server, type ServerOptions } from '@netsip/server'
import type { Leg } from '@netsip/transport'
import { listenTcp, listenUdp } from '@netsip/transport/node'
import { describe, expect, test } from 'vitest'
import { Baresip } from './baresip.ts'
import { isMissing } from './missing.ts'
import { freePort } from './ports.ts'
import { sipp, statistic } from './sipp.ts'
import { toneWav } from './sound.ts'

/** netsip's own registrar and proxy on UDP and TCP, for the domain 127.0.0.1. */
class ServerUnderTest implements AsyncDisposable {
  readonly port: number
  readonly server: Server
  readonly dispatcher: Dispatcher

  private constructor(port: number, legs: readonly Leg[], options: Partial<ServerOptions>) {
    this.port = port
    this.dispatcher = new Dispatcher({ legs })
    this.server = createServer({ dispatcher: this.dispatcher, domains: ['127.0.0.1'], ...options })
  }

  static async start(options: Partial<ServerOptions>): Promise<ServerUnderTest> {
    const port = await freePort()
    const legs = [await listenUdp({ host: '127.0.0.1', port }), await listenTcp({ host: '127.0.0.1', port })]
    return new ServerUnderTest(port, legs, options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.close()
    await this.dispatcher.close({ closeLegs: true })
  }
}

describe.skipIf(isMissing('baresip'))('two baresips at the server of netsip', () => {
  // baresip 1.0 gives up at a challenge with an algorithm it does not know
  const options = { accounts: { alice: 'secret', bob: 'hidden' }, algorithms: ['MD5'] } as const

  test.each([
    ['tcp', 'udp'],
    ['udp', 'tcp'],
    ['tcp', 'tcp'],
  ])('one registered over %s is called by one over %s', async (callee, caller) => {
    await using under = await ServerUnderTest.start(options)
    const { port, server } = under
    const account = (user: 'alice' | 'bob', transport: string, more = ''): string =>
      `<sip:${user}@127.0.0.1:${port};transport=${transport}>;auth_pass=${options.accounts[user]};regint=60${more}`
    await using alice = await Baresip.start(account('alice', callee, ';answermode=auto'), toneWav(440, 60))
    await using bob = await Baresip.start(account('bob', caller), toneWav(440, 60))
    await Promise.all([alice.says('[1 binding]'), bob.says('[1 binding]')])
    const [binding] = await server.store.lookup('sip:alice@127.0.0.1')
    expect(binding?.flow !== undefined).toBe(callee === 'tcp')

    bob.command('dial', `sip:alice@127.0.0.1:${port}`)
    await bob.event('CALL_ESTABLISHED')
    alice.command('hangup')
    await bob.event('CALL_CLOSED')
    expect(server.proxy.contexts).toBe(0)
    const { requests } = under.dispatcher.stats()
    expect(requests.out).toMatchObject({ INVITE: 1, ACK: 1, BYE: 1 })
  })

  test('a wrong password registers nobody', async () => {
    await using under = await ServerUnderTest.start(options)
    const account = `<sip:alice@127.0.0.1:${under.port};transport=udp>;auth_pass=nope;regint=60`
    await using alice = await Baresip.start(account, toneWav(440, 1))
    await alice.says('401')
    expect(await under.server.store.lookup('sip:alice@127.0.0.1')).toEqual([])
  })
})

describe.skipIf(isMissing('sipp'))('sipp through the proxy of netsip', () => {
  test.each([
    ['u1', 'u1'],
    ['t1', 'u1'],
  ])('500 calls at 50/s from -t %s to -t %s, none failed', async (from, to) => {
    const uasPort = await freePort()
    await using _uas = sipp('-sn', 'uas', '-p', String(uasPort), '-t', to)
    await using under = await ServerUnderTest.start({ lines: { service: `sip:service@127.0.0.1:${uasPort}` } })
    const own = String(await freePort())
    const load = ['-r', '50', '-m', '500', '-timeout', '40s']
    await using uac = sipp('-sn', 'uac', `127.0.0.1:${under.port}`, '-p', own, '-t', from, ...load)
    expect((await uac.exit).code, uac.output).toBe(0)
    expect(statistic(uac.output, 'Successful call')).toBe(500)
    expect(under.server.proxy.contexts).toBe(0)
    expect(under.dispatcher.stats().retransmissions.out).toBe(0)
  })
})
