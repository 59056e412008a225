import { setTimeout as wait } from 'node:timers/promises'
import type { Dialog, Outcome } from '@netsip/endpoint'
import { createPhone, type Phone } from '@netsip/phone'
import { VirtualClock } from '@netsip/runtime/testing'
import { describe, expect, test } from 'vitest'
import { Agent, description, sdp } from './agent.ts'
import { isMissing } from './missing.ts'
import { Scenario } from './sipp.ts'

/** A phone that answers, after it has rung. */
async function answering(transport: 'udp' | 'tcp', then: (phone: Phone) => void = () => {}): Promise<Phone> {
  const phone = await createPhone({ aor: 'sip:netsip@127.0.0.1', transport, listen: { host: '127.0.0.1', port: 0 } })
  phone.on('call', async (call) => {
    call.ring()
    await wait(200)
    await call.answer()
  })
  then(phone)
  return phone
}

describe.skipIf(isMissing('sipp')).each(['udp', 'tcp'] as const)('sipp calls a phone over %s', (transport) => {
  test.each([
    ['uac-prack', 'with 100rel required'],
    ['uac-update', 'and holds it by UPDATE'],
    ['uac-session-timer', 'with a session timer that is too short'],
    ['uac-late-offer', 'without an offer'],
  ])('%s: %s', async (name) => {
    await using phone = await answering(transport)
    await using sipp = await Scenario.start(name, phone.local.port, transport)
    await expect(sipp.success()).resolves.toBeUndefined()
    expect(phone.calls).toEqual([])
  })

  test('uac-strict: through a strict router', async () => {
    await using phone = await answering(transport, (one) =>
      one.on('call', (call) => call.on('answered', () => void call.hangup())),
    )
    await using sipp = await Scenario.start('uac-strict', phone.local.port, transport)
    await expect(sipp.success()).resolves.toBeUndefined()
  })
})

describe.skipIf(isMissing('sipp'))('sipp calls an endpoint', () => {
  test('uac-refer: and transfers it', async () => {
    await using agent = await Agent.start()
    agent.serve((request, respond, ctx) => {
      if (request.method === 'INVITE') respond(200, description())
      if (request.method === 'REFER') agent.endpoint.acceptRefer(ctx, request).report(200)
    })
    await using sipp = await Scenario.start('uac-refer', agent.port)
    await expect(sipp.success()).resolves.toBeUndefined()
  })
})

describe.skipIf(isMissing('sipp'))('an endpoint calls sipp', () => {
  test.each([
    ['uas-prack', 'is told of progress reliably'],
    ['uas-strict', 'behind a strict router'],
  ])('%s: %s', async (name) => {
    await using agent = await Agent.start()
    await using sipp = await Scenario.start(name)
    const ctx = agent.call(sipp.port)
    await ctx.outcome
    await agent.ask('BYE', ctx)
    await expect(sipp.success()).resolves.toBeUndefined()
    expect(agent.endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0, errors: 0 })
  })

  test('uas-digest: registers with MD5, and gives up after one wrong password', async () => {
    await using agent = await Agent.start()
    const register = (port: number, password: string): Promise<Outcome> =>
      agent.endpoint.register({
        registrar: `sip:127.0.0.1:${port}`,
        from: 'sip:alice@sipp.test',
        contact: `sip:alice@127.0.0.1:${agent.port}`,
        auth: ['alice', password],
      }).outcome
    await using good = await Scenario.start('uas-digest')
    expect((await register(good.port, 'wonderland')).response.status).toBe(200)
    await good.success()
    await using bad = await Scenario.start('uas-digest')
    await expect(register(bad.port, 'nope')).rejects.toMatchObject({ status: 403 })
    await bad.success()
  })

  test('uas-update: holds it by UPDATE', async () => {
    await using agent = await Agent.start()
    await using sipp = await Scenario.start('uas-update')
    const ctx = agent.call(sipp.port)
    await ctx.outcome
    await agent.ask('UPDATE', ctx, description(2, 'sendonly'))
    await agent.ask('BYE', ctx)
    await expect(sipp.success()).resolves.toBeUndefined()
  })

  test('uas-late-offer: makes the offer in its 200', async () => {
    await using agent = await Agent.start()
    await using sipp = await Scenario.start('uas-late-offer')
    const ctx = agent.endpoint.invite({ from: 'sip:netsip@127.0.0.1', to: `sip:service@127.0.0.1:${sipp.port}` })
    ctx.on('accepted', (response, _, ack) => {
      expect(response.text).toContain('m=audio')
      ack.contentType = sdp['Content-Type']
      ack.body = new TextEncoder().encode(description())
    })
    await ctx.outcome
    await agent.ask('BYE', ctx)
    await expect(sipp.success()).resolves.toBeUndefined()
  })

  test('uas-session-timer: asks for more time, and gets its refresh', async () => {
    const clock = new VirtualClock()
    await using agent = await Agent.start({ clock, sessionExpires: 90 })
    await using sipp = await Scenario.start('uas-session-timer')
    const ctx = agent.call(sipp.port)
    await ctx.outcome
    clock.advance(60_000)
    await agent.ask('BYE', ctx)
    await expect(sipp.success()).resolves.toBeUndefined()
  })

  test('uas-glare: both send a re-INVITE at once', async () => {
    await using agent = await Agent.start()
    await using sipp = await Scenario.start('uas-glare')
    const ctx = agent.call(sipp.port)
    await ctx.outcome
    await agent.ask('INVITE', ctx, description(2))
    await agent.ask('BYE', ctx)
    await expect(sipp.success()).resolves.toBeUndefined()
  })

  test('uas-forked: two phones answer; the second is hung up, the first stays', async () => {
    await using agent = await Agent.start()
    await using sipp = await Scenario.start('uas-forked')
    const ctx = agent.call(sipp.port)
    const over = new Promise<Dialog>((resolve) => void ctx.once('ended', resolve))
    const { dialog } = await ctx.outcome
    expect((await over).remoteTag).toMatch(/^second/)
    expect(ctx.dialogs).toEqual([dialog])
    expect(dialog?.remoteTag).toMatch(/^first/)
    await agent.ask('BYE', ctx)
    await expect(sipp.success()).resolves.toBeUndefined()
  })

  test('uas-refer: asks it to call somebody else, and hears how that goes', async () => {
    await using agent = await Agent.start()
    await using sipp = await Scenario.start('uas-refer')
    const ctx = agent.call(sipp.port)
    await ctx.outcome
    const told: string[] = []
    const subscription = agent.endpoint.refer(ctx, 'sip:carol@127.0.0.1:5')
    subscription.on('notify', (request) => told.push(request.text.trim()))
    const reason = await new Promise<string>((resolve) => void subscription.on('terminated', resolve))
    expect(told).toEqual(['SIP/2.0 100 Trying', 'SIP/2.0 200 OK'])
    expect(reason).toBe('noresource')
    await agent.ask('BYE', ctx)
    await expect(sipp.success()).resolves.toBeUndefined()
  })
})
