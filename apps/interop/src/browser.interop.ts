import { fileURLToPath } from 'node:url'
import { Dispatcher } from '@netsip/dispatcher'
import { type Context, Endpoint } from '@netsip/endpoint'
import type { SipRequest } from '@netsip/message'
import { listenWs } from '@netsip/transport/node'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { description } from './agent.ts'
import type { PageAccount, PageAgent } from './browser/user-agent.ts'
import { startChromium } from './chromium.ts'
import { accounts, Kamailio } from './kamailio.ts'
import { isMissing } from './missing.ts'
import { softphone } from './softphone.ts'

declare const agent: PageAgent

/** Bundles a file of this folder for a browser; anything of Node in it fails here. */
async function bundle(name: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`./browser/${name}`, import.meta.url))],
    bundle: true,
    minify: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
    conditions: ['@netsip/source'],
    logLevel: 'silent',
  })
  return outputFiles[0]!.text
}

describe.skipIf(isMissing('kamailio') || isMissing('chromium'))('the endpoint in Chromium, at Kamailio', () => {
  let kamailio: Kamailio
  beforeAll(async () => {
    kamailio = await Kamailio.start()
  })
  afterAll(() => kamailio?.[Symbol.asyncDispose]())

  test.each(['ws', 'wss'])('registers over %s with digest, is called and hangs up', async (transport) => {
    const script = await bundle('user-agent.ts')
    const browser = await startChromium()
    try {
      const page = await browser.newPage()
      const errors: string[] = []
      page.on('pageerror', (error) => errors.push(String(error)))
      await page.addScriptTag({ content: script })
      const port = transport === 'ws' ? kamailio.port : kamailio.tlsPort
      const account: PageAccount = {
        url: `${transport}://127.0.0.1:${port}/`,
        aor: 'sip:alice@127.0.0.1',
        registrar: `sip:127.0.0.1:${kamailio.port}`,
        user: 'alice',
        password: accounts.alice,
      }
      expect(await page.evaluate((who) => agent.register(who), account)).toBe(60)
      const called = page.evaluate((sdp) => agent.answerOne(sdp), description())
      const bob = ['--aor', `sip:bob@127.0.0.1:${kamailio.port}`, '--password', accounts.bob, '--listen', '127.0.0.1:0']
      const proxy = ['--proxy', `sip:127.0.0.1:${kamailio.port}`]
      await using call = softphone('call', `sip:alice@127.0.0.1:${kamailio.port}`, ...bob, ...proxy)
      expect((await call.exit).code, call.output).toBe(0)
      expect(call.events.at(-1)).toMatchObject({ event: 'ended', by: 'remote' })
      expect(await called).toBe('sip:bob@127.0.0.1')
      await page.evaluate(() => agent.close())
      expect(errors).toEqual([])
    } finally {
      await browser.close()
    }
  })
})

describe.skipIf(isMissing('chromium'))('the endpoint in Chromium, at an endpoint of netsip', () => {
  test('calls it over WebSocket, and is hung up on the connection that it opened', async () => {
    const leg = await listenWs({ host: '127.0.0.1', port: 0 })
    const dispatcher = new Dispatcher({ legs: [leg] })
    const endpoint = new Endpoint(dispatcher)
    // the page has the BYE before its answer is here
    let hungUp: Promise<void> | undefined
    endpoint.setApplication((_endpoint: Endpoint, ctx: Context, request: SipRequest) => {
      if (request.method !== 'INVITE') return
      ctx.on('established', () => void (hungUp = ctx.hangUp()))
      const headers = { 'Content-Type': 'application/sdp' }
      endpoint.newResponse(ctx, request.createResponse(200, { headers, body: description() }))
    })
    const browser = await startChromium()
    try {
      const page = await browser.newPage()
      await page.addScriptTag({ content: await bundle('user-agent.ts') })
      const { port } = leg.local
      const call = {
        url: `ws://127.0.0.1:${port}/`,
        from: 'sip:alice@127.0.0.1',
        to: `sip:bob@127.0.0.1:${port};transport=ws`,
      }
      expect(await page.evaluate(([what, sdp]) => agent.call(what, sdp), [call, description()] as const)).toBe('remote')
      await hungUp
      expect(endpoint.stats()).toMatchObject({ dialogs: 0, errors: 0 })
    } finally {
      await browser.close()
      await endpoint.close({ graceful: false })
      await dispatcher.close({ closeLegs: true })
    }
  })
})
