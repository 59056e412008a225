import { setTimeout as wait } from 'node:timers/promises'
import type { Context } from '@netsip/endpoint'
import type { SipRequest } from '@netsip/message'
import { ToneDetector } from '@netsip/media'
import { type Call, createPhone, type Phone } from '@netsip/phone'
import { describe, expect, test } from 'vitest'
import { Agent, description } from './agent.ts'
import { Baresip } from './baresip.ts'
import { isMissing } from './missing.ts'
import { toneWav } from './sound.ts'

const account = '<sip:bob@127.0.0.1:%PORT%>;regint=0'
const tone = toneWav(440, 60)

/** What a phone answered to each INVITE, by its status and the direction of the sound. */
function answersOf(texts: readonly string[]): string[] {
  return texts
    .filter((text) => /^SIP\/2\.0 [2-6].*\r\n[^]*^CSeq: \d+ INVITE\r$/m.test(text))
    .map((text) => `${text.slice(8, 11)} ${/^a=(sendrecv|sendonly|recvonly|inactive)\r$/m.exec(text)?.[1]}`)
}

interface Traced {
  readonly phone: Phone
  readonly sent: string[]
}

async function tracedPhone(): Promise<Traced> {
  const sent: string[] = []
  const phone = await createPhone({
    aor: 'sip:alice@127.0.0.1',
    listen: { host: '127.0.0.1', port: 0 },
    tracer: ({ direction, bytes }) => direction === 'out' && sent.push(new TextDecoder().decode(bytes)),
  })
  return { phone, sent }
}

describe.skipIf(isMissing('baresip'))('baresip in a call with a phone', () => {
  test('holds, resumes and sends re-INVITEs: each gets its answer, and the sound follows', async () => {
    const { phone, sent } = await tracedPhone()
    await using _ = phone
    const called = new Promise<void>((resolve) => {
      phone.on('call', async (call) => {
        await call.answer()
        resolve()
      })
    })
    await using baresip = await Baresip.start(account, tone)
    baresip.command('dial', `sip:alice@127.0.0.1:${phone.local.port}`)
    await called
    const [call] = phone.calls
    await expect.poll(() => call!.stats().received).toBeGreaterThan(10)
    for (const [command, answer] of [
      ['hold', '200 recvonly'],
      ['resume', '200 sendrecv'],
      ['reinvite', '200 sendrecv'],
    ] as const) {
      const before = answersOf(sent).length
      baresip.command(command)
      await expect.poll(() => answersOf(sent).slice(before), { timeout: 5000 }).toEqual([answer])
    }
    const { sent: packets } = call!.stats()
    await expect.poll(() => call!.stats().sent).toBeGreaterThan(packets + 10)
    baresip.command('hangup')
    expect(await call!.ended).toMatchObject({ by: 'remote' })
  })
})

/** Alice's phone, which calls baresip. */
async function phoneInCall(baresip: Baresip): Promise<Traced & { call: Call }> {
  const traced = await tracedPhone()
  const call = await traced.phone.call(`sip:bob@127.0.0.1:${baresip.sipPort}`)
  await call.answered
  await expect.poll(() => call.stats().received).toBeGreaterThan(10)
  return { ...traced, call }
}

describe.skipIf(isMissing('baresip'))('a phone in a call with baresip', () => {
  test('holds, and is sent no sound; takes back, and is', async () => {
    await using baresip = await Baresip.start(`${account};answermode=auto`, tone)
    const { phone, call } = await phoneInCall(baresip)
    await using _ = phone
    const before = new ToneDetector(440)
    call.record(before)
    await expect.poll(() => before.present).toBe(true)
    await call.hold()
    expect([call.held, call.heldByPeer]).toEqual([true, false])
    const heard = new ToneDetector(440)
    await wait(200)
    const off = call.record(heard)
    await wait(300)
    off()
    expect(heard.present).toBe(false)
    const { received } = call.stats()
    await call.resume()
    await expect.poll(() => call.stats().received, { timeout: 5000 }).toBeGreaterThan(received + 25)
    baresip.command('hold')
    await expect.poll(() => call.heldByPeer).toBe(true)
    await call.hangup()
    await baresip.event('CALL_CLOSED')
  })

  test('transfers it blind: baresip calls the other one, and is let go', async () => {
    await using carol = await createPhone({ aor: 'sip:carol@127.0.0.1', listen: { host: '127.0.0.1', port: 0 } })
    carol.on('call', (incoming) => incoming.answer())
    await using baresip = await Baresip.start(`${account};answermode=auto`, tone)
    const { phone, call } = await phoneInCall(baresip)
    await using _ = phone
    await call.transfer(`sip:carol@127.0.0.1:${carol.local.port}`)
    expect(await call.ended).toMatchObject({ by: 'local' })
    expect(carol.calls.map(({ remote }) => remote.uri.toString())).toEqual(['sip:bob@127.0.0.1'])
    await expect.poll(() => carol.calls[0]?.stats().received).toBeGreaterThan(10)
  })

  test('hands it over to a call with another (attended): as baresip takes nothing over (RFC 3891), both calls go on', async () => {
    await using carol = await createPhone({ aor: 'sip:carol@127.0.0.1', listen: { host: '127.0.0.1', port: 0 } })
    carol.on('call', (incoming) => incoming.answer())
    await using baresip = await Baresip.start(`${account};answermode=auto`, tone)
    const { phone, call } = await phoneInCall(baresip)
    await using _ = phone
    const second = await phone.call(`sip:carol@127.0.0.1:${carol.local.port}`)
    await second.answered
    await call.hold()
    // It calls the URI with its headers, which RFC 3261 19.1.1 keeps out of a Request-URI.
    await expect(call.transfer(second)).rejects.toMatchObject({ name: 'CallError', status: 400 })
    await call.resume()
    const { received } = call.stats()
    await expect.poll(() => call.stats().received).toBeGreaterThan(received + 10)
    expect([call.state, second.state, carol.calls.length]).toEqual(['answered', 'answered', 1])
  })

  test('hands another over to it (attended): they are connected, and the phone is out of it', async () => {
    await using carol = await createPhone({ aor: 'sip:carol@127.0.0.1', listen: { host: '127.0.0.1', port: 0 } })
    carol.on('call', (incoming) => {
      incoming.on('transfer', (request) => request.accept())
      return incoming.answer()
    })
    await using baresip = await Baresip.start(`${account};answermode=auto`, tone)
    const { phone, call } = await phoneInCall(baresip)
    await using _ = phone
    const second = await phone.call(`sip:carol@127.0.0.1:${carol.local.port}`)
    await second.answered
    await second.transfer(call)
    expect(phone.calls).toEqual([])
    const heard = new ToneDetector(440)
    carol.calls[0]!.record(heard)
    await expect.poll(() => heard.present).toBe(true)
    await baresip.event('CALL_CLOSED')
    expect(carol.calls).toMatchObject([{ direction: 'out', state: 'answered' }])
  })

  test('is transferred by it: calls the other one, and says how that went', async () => {
    await using carol = await createPhone({ aor: 'sip:carol@127.0.0.1', listen: { host: '127.0.0.1', port: 0 } })
    carol.on('call', (incoming) => incoming.answer())
    await using baresip = await Baresip.start(`${account};answermode=auto`, tone)
    const { phone, call } = await phoneInCall(baresip)
    await using _ = phone
    call.on('transfer', (request) => request.accept())
    baresip.command('transfer', `sip:carol@127.0.0.1:${carol.local.port}`)
    expect(await call.ended).toMatchObject({ by: 'remote' })
    await expect.poll(() => carol.calls[0]?.state).toBe('answered')
    expect(phone.calls).toHaveLength(1)
  })
})

/** Alice, who calls baresip. */
async function inCall(baresip: Baresip): Promise<{ alice: Agent; ctx: Context }> {
  const alice = await Agent.start()
  const ctx = alice.endpoint.invite(
    { from: 'sip:alice@127.0.0.1', to: `sip:bob@127.0.0.1:${baresip.sipPort}` },
    undefined,
    description(),
    { 'Content-Type': 'application/sdp' },
  )
  await ctx.outcome
  return { alice, ctx }
}

describe.skipIf(isMissing('baresip'))('baresip in a call with an endpoint', () => {
  test('is held and taken back', async () => {
    await using baresip = await Baresip.start(`${account};answermode=auto`, tone)
    const { alice, ctx } = await inCall(baresip)
    await using _ = alice
    for (const [ours, theirs] of [
      ['sendonly', 'recvonly'],
      ['inactive', 'inactive'],
      ['sendrecv', 'sendrecv'],
    ] as const) {
      alice.endpoint.invite(ctx, undefined, description(2, ours), { 'Content-Type': 'application/sdp' })
      const { response } = await ctx.outcome
      expect(response.text).toMatch(new RegExp(`^a=${theirs}\r$`, 'm'))
    }
    await alice.ask('BYE', ctx)
    await baresip.event('CALL_CLOSED')
  })

  test('is transferred: it calls the other one, and says how that went', async () => {
    await using carol = await Agent.start()
    await using baresip = await Baresip.start(`${account};answermode=auto`, tone)
    const calls: SipRequest[] = []
    carol.serve((request, respond) => {
      if (request.method !== 'INVITE') return
      calls.push(request)
      respond(200, description())
    })
    const { alice, ctx } = await inCall(baresip)
    await using _ = alice
    const told: string[] = []
    const subscription = alice.endpoint.refer(ctx, `sip:carol@127.0.0.1:${carol.port}`)
    subscription.on('notify', (request) => told.push(request.text.trim()))
    await new Promise<void>((resolve) => void subscription.on('terminated', () => resolve()))
    expect(told.at(-1)).toMatch(/^SIP\/2\.0 200/)
    expect(calls.map((request) => request.from.uri.toString())).toEqual(['sip:bob@127.0.0.1'])
    await alice.endpoint.hangUp(ctx)
  })

  test('transfers: the endpoint calls the other one, and baresip lets go', async () => {
    await using carol = await Agent.start()
    await using baresip = await Baresip.start(`${account};answermode=auto`, tone)
    const calls: SipRequest[] = []
    carol.serve((request, respond) => {
      if (request.method !== 'INVITE') return
      calls.push(request)
      respond(200, description())
    })
    const { alice, ctx } = await inCall(baresip)
    await using _ = alice
    alice.serve((request, respond, called) => {
      if (request.method !== 'REFER') return respond(501)
      const transfer = alice.endpoint.acceptRefer(called, request)
      const init = { from: 'sip:alice@127.0.0.1', to: transfer.target }
      const headers = { ...transfer.headers, 'Content-Type': 'application/sdp' }
      const next = alice.endpoint.invite(init, undefined, description(), { headers })
      return void next.outcome.then(({ response }) => transfer.report(response.status))
    })
    const over = new Promise<string>((resolve) => void ctx.once('ended', (_dialog, { by }) => resolve(by)))
    baresip.command('transfer', `sip:carol@127.0.0.1:${carol.port}`)
    expect(await over).toBe('remote')
    await baresip.event('CALL_CLOSED')
    expect(calls.map((request) => request.from.uri.toString())).toEqual(['sip:alice@127.0.0.1'])
  })
})
