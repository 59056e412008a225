import { tone, ToneDetector } from '@netsip/media'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Call } from './call.ts'
import type { Phone } from '../phone.ts'
import { PhoneLab } from '../testing/phones.ts'
import type { TransferRequest } from './transfer-request.ts'

/** What the promise resolves with, or rejects with. */
const outcome = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error)

describe('a transfer', () => {
  let lab: PhoneLab
  let alice: Phone
  let bob: Phone
  let carol: Phone
  /** Alice's call with Bob, and Bob's end of it. */
  let call: Call
  let bobs: Call

  beforeEach(async () => {
    lab = new PhoneLab()
    ;[alice, bob] = await lab.pair()
    carol = await lab.phone('carol', '10.0.0.3')
    bob.once('call', (incoming) => incoming.answer())
    call = await lab.until(alice.call('sip:bob@10.0.0.2'))
    await lab.until(call.answered)
    bobs = bob.calls[0]!
  })
  afterEach(async () => {
    const left = await lab.close()
    if (left.timers + left.packetSockets > 0) throw new Error(`left over: ${JSON.stringify(left)}`)
  })

  test('blind: the peer calls the other one, and is let go when that call is up (RFC 5589 6)', async () => {
    const asked: TransferRequest[] = []
    bobs.on('transfer', (request) => {
      asked.push(request)
      return request.accept()
    })
    carol.on('call', (incoming) => {
      incoming.ring()
      return incoming.answer()
    })
    await lab.until(call.transfer('sip:carol@10.0.0.3'))
    expect(asked).toMatchObject([{ referredBy: '<sip:alice@10.0.0.1>', attended: false }])
    expect(asked[0]?.target.uri.toString()).toBe('sip:carol@10.0.0.3')
    expect([alice.calls.length, bob.calls.length, carol.calls.length]).toEqual([0, 1, 1])
    expect(bob.calls[0]).toMatchObject({ direction: 'out', state: 'answered' })
    expect(carol.calls[0]?.remote.uri.toString()).toBe('sip:bob@10.0.0.2')
    expect(await bobs.ended).toMatchObject({ by: 'remote' })
  })

  test('attended: the call with the other one is taken over (RFC 5589 7)', async () => {
    bobs.on('transfer', (request) => request.accept())
    carol.once('call', (incoming) => incoming.answer())
    const second = await lab.until(alice.call('sip:carol@10.0.0.3'))
    await lab.until(second.answered)
    const carols = carol.calls[0]!
    const offered: Call[] = []
    carol.on('call', (incoming) => {
      offered.push(incoming)
      return incoming.answer()
    })
    await lab.until(call.hold())
    await lab.until(call.transfer(second))
    expect(offered.map(({ replaces }) => replaces)).toEqual([carols])
    await lab.until(carols.ended)
    expect([alice.calls.length, bob.calls.length, carol.calls]).toEqual([0, 1, offered])
    expect(bob.calls[0]).toMatchObject({ state: 'answered' })
    await lab.until(bob.calls[0]!.hangup())
  })

  test('takes over even where no further call fits', async () => {
    const dave = await lab.phone('dave', '10.0.0.4', { maxCalls: 1 })
    bobs.on('transfer', (request) => request.accept())
    dave.on('call', (incoming) => incoming.answer())
    const second = await lab.until(alice.call('sip:dave@10.0.0.4'))
    await lab.until(second.answered)
    await lab.until(call.transfer(second))
    expect(dave.calls).toHaveLength(1)
    expect(dave.calls[0]?.replaces).toBeDefined()
  })

  test('to one that is busy is told by its status, and the call goes on', async () => {
    bobs.on('transfer', (request) => request.accept())
    carol.on('call', (incoming) => incoming.reject(486))
    expect(await lab.until(outcome(call.transfer('sip:carol@10.0.0.3')))).toMatchObject({
      name: 'CallError',
      status: 486,
    })
    expect([call.state, bobs.state]).toEqual(['answered', 'answered'])
    expect([alice.calls, bob.calls]).toEqual([[call], [bobs]])
  })

  test.each<[title: string, status: number, decide?: (request: TransferRequest) => unknown]>([
    ['nobody listens for', 603],
    ['is declined', 603, (request) => request.reject()],
    ['is declined with a status', 403, (request) => request.reject(403)],
  ])('that %s is refused, and the call goes on', async (_title, status, decide) => {
    if (decide) bobs.on('transfer', decide)
    expect(await lab.until(outcome(call.transfer('sip:carol@10.0.0.3')))).toMatchObject({ name: 'CallError', status })
    expect([call.state, bobs.state, bob.calls.length]).toEqual(['answered', 'answered', 1])
  })

  test('is decided once', async () => {
    let request: TransferRequest | undefined
    bobs.on('transfer', (one) => void (request = one))
    const transferred = outcome(call.transfer('sip:carol@10.0.0.3'))
    await lab.clock.advanceAsync(100)
    request?.reject()
    expect(() => request?.reject()).toThrow(expect.objectContaining({ code: 'ERR_SIP_STATE' }))
    await expect(request?.accept()).rejects.toMatchObject({ code: 'ERR_SIP_STATE' })
    expect(await lab.until(transferred)).toMatchObject({ status: 603 })
  })

  test('needs an answered call and an address', async () => {
    await expect(call.transfer('not an address')).rejects.toMatchObject({ code: 'ERR_SIP_ARGUMENT' })
    await expect(call.transfer(call)).rejects.toMatchObject({ code: 'ERR_SIP_ARGUMENT' })
    const ringing = await lab.until(alice.call('sip:carol@10.0.0.3'))
    await expect(ringing.transfer('sip:bob@10.0.0.2')).rejects.toMatchObject({ code: 'ERR_SIP_STATE' })
    await expect(call.transfer(ringing)).rejects.toMatchObject({ code: 'ERR_SIP_STATE' })
    expect(call.state).toBe('answered')
  })

  test('of a call whose peer is gone fails', async () => {
    lab.network.partition('10.0.0.1', '10.0.0.2')
    expect(await lab.until(outcome(call.transfer('carol')))).toMatchObject({ name: 'CallError', status: 408 })
    lab.network.heal()
  })

  test('is one at a time in a call: a second one is refused with 491 until the first is decided', async () => {
    const asked: TransferRequest[] = []
    bobs.on('transfer', (request) => void asked.push(request))
    const [first, ...others] = Array.from({ length: 20 }, () => outcome(call.transfer('sip:carol@10.0.0.3')))
    for (const other of others) expect(await lab.until(other)).toMatchObject({ status: 491 })
    expect(asked).toHaveLength(1)
    asked[0]!.reject()
    expect(await lab.until(first!)).toMatchObject({ status: 603 })
    carol.on('call', (incoming) => incoming.answer())
    const again = outcome(call.transfer('sip:carol@10.0.0.3'))
    await lab.clock.advanceAsync(50)
    await lab.until(asked[1]!.accept())
    expect(await lab.until(again)).toBeUndefined()
  })

  test('that nobody decides is in the way of others only while its peer waits', async () => {
    const asked: TransferRequest[] = []
    bobs.on('transfer', (request) => void asked.push(request))
    expect(await lab.until(outcome(call.transfer('sip:carol@10.0.0.3')), 250_000)).toMatchObject({ name: 'CallError' })
    const again = outcome(call.transfer('sip:carol@10.0.0.3'))
    await lab.clock.advanceAsync(50)
    expect(asked).toHaveLength(2)
    asked[1]!.reject()
    expect(await lab.until(again)).toMatchObject({ status: 603 })
  })

  test('to one that rings for longer than its peer waits is given up at both ends: nobody is left in two calls', async () => {
    bobs.on('transfer', (request) => request.accept())
    const offered = new Promise<Call>((resolve) => carol.on('call', resolve))
    const transferred = outcome(call.transfer('sip:carol@10.0.0.3'))
    const incoming = await lab.until(offered)
    incoming.ring()
    expect(await lab.until(transferred, 250_000)).toMatchObject({ name: 'CallError', status: 408 })
    expect(await lab.until(incoming.ended)).toMatchObject({ by: 'remote', status: 487 })
    expect([alice.calls, bob.calls, call.state]).toEqual([[call], [bobs], 'answered'])
  })

  test('is too late to be decided when its peer waits no longer', async () => {
    let request: TransferRequest | undefined
    bobs.on('transfer', (one) => void (request = one))
    expect(await lab.until(outcome(call.transfer('carol')), 250_000)).toMatchObject({ status: 408 })
    await expect(request?.accept()).rejects.toMatchObject({ code: 'ERR_SIP_STATE' })
    expect(bob.calls).toEqual([bobs])
  })

  test('goes on ringing for as long as it likes when the transferor has hung up', async () => {
    bobs.on('transfer', (request) => request.accept())
    const offered = new Promise<Call>((resolve) => carol.on('call', resolve))
    const transferred = outcome(call.transfer('sip:carol@10.0.0.3'))
    const incoming = await lab.until(offered)
    incoming.ring()
    await lab.until(call.hangup())
    await lab.clock.advanceAsync(200_000)
    await lab.until(incoming.answer())
    expect([bob.calls.length, carol.calls]).toEqual([1, [incoming]])
    await transferred
  })

  test.each(['transferor', 'transferee'])('goes on when the %s hangs up in between', async (who) => {
    bobs.on('transfer', (request) => request.accept())
    const offered = new Promise<Call>((resolve) => carol.on('call', resolve))
    const transferred = call.transfer('sip:carol@10.0.0.3')
    const incoming = await lab.until(offered)
    await lab.until((who === 'transferor' ? call : bobs).hangup())
    await lab.until(incoming.answer())
    await lab.until(transferred)
    expect([alice.calls.length, bob.calls.length, carol.calls]).toEqual([0, 1, [incoming]])
  })

  test('of both sides at once: one of them carries it out, the other hears that its call is over', async () => {
    for (const end of [call, bobs]) end.on('transfer', (request) => request.accept())
    carol.on('call', (incoming) => incoming.answer())
    const both = [call.transfer('sip:carol@10.0.0.3'), bobs.transfer('sip:carol@10.0.0.3')].map(outcome)
    await lab.until(Promise.all(both), 250_000)
    expect([call.state, bobs.state]).toEqual(['ended', 'ended'])
    // Whoever was told to call Carol has her, and nobody is left between two calls.
    expect(alice.calls.length + bob.calls.length).toBe(carol.calls.length)
  })

  test.each(['sips:carol@10.0.0.3', 'sip:nobody@nowhere.invalid', 'tel:+1234'])(
    'to %s, which cannot be reached, says so, and the call goes on',
    async (target) => {
      bobs.on('transfer', (request) => request.accept())
      expect(await lab.until(outcome(call.transfer(target)))).toMatchObject({ status: 503 })
      expect([call.state, bobs.state, bob.calls]).toEqual(['answered', 'answered', [bobs]])
    },
  )

  test.each([
    ['a header that breaks its line', 'sip:carol@10.0.0.3?Subject=a%0d%0aX-Evil:%201', 500],
    ['another method', 'sip:carol@10.0.0.3;method=BYE', 501],
  ])('that asks for %s says so, calls nobody, and the call goes on', async (_what, target, status) => {
    bobs.on('transfer', (request) => request.accept())
    expect(await lab.until(outcome(call.transfer(target)))).toMatchObject({ status })
    expect([call.state, bob.calls, carol.calls]).toEqual(['answered', [bobs], []])
  })

  test('that rings says so', async () => {
    const sent: string[] = []
    const erin = await lab.phone('erin', '10.0.0.5', {
      tracer: ({ direction, bytes }) => direction === 'out' && sent.push(Buffer.from(bytes).toString()),
    })
    erin.on('call', (incoming) => {
      incoming.on('transfer', (request) => request.accept())
      return incoming.answer()
    })
    carol.on('call', (incoming) => {
      incoming.ring()
      lab.clock.setTimer(3000, () => void incoming.answer())
    })
    const toErin = await lab.until(alice.call('sip:erin@10.0.0.5'))
    await lab.until(toErin.answered)
    await lab.until(toErin.transfer('sip:carol@10.0.0.3'))
    const reports = sent.filter((text) => text.startsWith('NOTIFY')).map((text) => text.split('\r\n\r\n')[1])
    expect(reports).toEqual(['SIP/2.0 100 Trying\r\n', 'SIP/2.0 180 Ringing\r\n', 'SIP/2.0 200 OK\r\n'])
  })

  test('back to the one who asks for it is a new call, and to the peer itself one that both its ends know', async () => {
    bobs.on('transfer', (request) => request.accept())
    for (const phone of [alice, bob]) phone.on('call', (incoming) => incoming.answer())
    await lab.until(call.transfer('sip:alice@10.0.0.1'))
    expect([alice.calls, bob.calls]).toMatchObject([[{ direction: 'in' }], [{ direction: 'out' }]])
    const again = alice.calls[0]!
    bob.calls[0]!.on('transfer', (request) => request.accept())
    await lab.until(again.transfer('sip:bob@10.0.0.2'))
    // Both calls have one Call-ID.
    expect(bob.calls.map(({ direction, state }) => `${direction} ${state}`).sort()).toEqual([
      'in answered',
      'out answered',
    ])
    await lab.until(bob.calls[0]!.hangup())
    await lab.clock.advanceAsync(100)
    expect(bob.calls).toEqual([])
  })

  test('takes nothing along that its target asks to be sent but what may be (RFC 3261 19.1.5)', async () => {
    const seen: string[] = []
    const dave = await lab.phone('dave', '10.0.0.4', {
      tracer: ({ bytes }) => void seen.push(Buffer.from(bytes).toString()),
    })
    dave.on('call', (incoming) => incoming.answer())
    const targets: string[] = []
    bobs.on('transfer', (request) => {
      targets.push(request.target.uri.toString())
      return request.accept()
    })
    const evil = {
      Route: '<sip:10.0.0.1;lr>',
      'P-Asserted-Identity': '<sip:boss@b.example>',
      Contact: '<sip:thief@b.example>',
      From: '<sip:boss@b.example>',
      Authorization: 'Digest username="boss"',
      Subject: 'hi',
    }
    const query = Object.entries(evil).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    await lab.until(call.transfer(`sip:dave@10.0.0.4?${query.join('&')}`))
    const invite = seen.find((text) => text.startsWith('INVITE'))
    expect(invite).toMatch(/^Subject: hi\r$/m)
    expect(invite).not.toMatch(/boss|thief|10\.0\.0\.1;lr/)
    expect(targets).toEqual(['sip:dave@10.0.0.4'])
    expect(dave.calls[0]?.remote.uri.toString()).toBe('sip:bob@10.0.0.2')
  })

  test('attended, to a call that has ended meanwhile or that the target keeps, is refused, and the call goes on', async () => {
    const asked: TransferRequest[] = []
    bobs.on('transfer', (request) => void asked.push(request))
    carol.once('call', (incoming) => incoming.answer())
    const second = await lab.until(alice.call('sip:carol@10.0.0.3'))
    await lab.until(second.answered)
    carol.once('call', (incoming) => incoming.reject(486))
    const kept = outcome(call.transfer(second))
    await lab.clock.advanceAsync(50)
    await lab.until(asked[0]!.accept())
    expect(await lab.until(kept)).toMatchObject({ status: 486 })
    expect([call.state, second.state]).toEqual(['answered', 'answered'])
    const gone = outcome(call.transfer(second))
    await lab.clock.advanceAsync(50)
    await lab.until(carol.calls[0]!.hangup())
    await lab.until(asked[1]!.accept())
    expect(await lab.until(gone)).toMatchObject({ status: 603 })
    expect([call.state, bob.calls, carol.calls]).toEqual(['answered', [bobs], []])
  })

  test('brings the sound of the new peer, and of nobody else, also from hold and from mute', async () => {
    const sound = async (of: Call, hz: number): Promise<boolean> => {
      const detector = new ToneDetector(hz)
      await lab.clock.advanceAsync(300)
      const off = of.record(detector)
      await lab.clock.advanceAsync(500)
      off()
      return detector.present
    }
    call.play(tone(440))
    bobs.on('transfer', (request) => request.accept({ source: tone(700) }))
    carol.on('call', (incoming) => incoming.answer({ source: tone(1000) }))
    const second = await lab.until(alice.call('sip:carol@10.0.0.3', { source: tone(440) }))
    await lab.until(second.answered)
    call.mute()
    await lab.until(call.hold())
    await lab.until(call.transfer(second))
    const [bobNow, carolNow] = [bob.calls[0]!, carol.calls[0]!]
    expect([await sound(bobNow, 1000), await sound(carolNow, 700)]).toEqual([true, true])
    expect([await sound(bobNow, 440), await sound(carolNow, 440)]).toEqual([false, false])
    // Two pairs of ports, and those of the calls given away are free.
    expect(lab.packets.size).toBe(4)
  })
})

describe('transfers over a network that loses, repeats and delays', () => {
  test.each([1, 2, 3, 4, 5, 6])('seed %i: what the transferor is told is so, and nothing is left', async (seed) => {
    const lab = new PhoneLab({ seed, loss: 0.2, duplicate: 0.1, jitter: 40, reorder: 0.1 })
    const [alice, bob] = await lab.pair()
    const carol = await lab.phone('carol', '10.0.0.3')
    for (const phone of [bob, carol])
      phone.on('call', (incoming) => {
        incoming.on('transfer', (request) => request.accept())
        return incoming.answer()
      })
    for (const attended of [false, true, false]) {
      const call = await lab.until(alice.call('sip:bob@10.0.0.2'))
      const second = attended ? await lab.until(alice.call('sip:carol@10.0.0.3')) : undefined
      const up = await lab.until(outcome(Promise.all([call.answered, second?.answered])))
      const failed = Array.isArray(up)
        ? await lab.until(outcome(call.transfer(second ?? 'sip:carol@10.0.0.3')), 400_000)
        : up
      await lab.clock.advanceAsync(70_000)
      const connected = bob.calls.length === 1 && carol.calls.length === 1
      expect(connected || failed !== undefined).toBe(true)
      for (const phone of [alice, bob, carol]) for (const one of phone.calls) await lab.until(one.hangup(), 100_000)
      await lab.clock.advanceAsync(70_000)
      expect([alice, bob, carol].flatMap((phone) => phone.calls)).toEqual([])
    }
    expect(await lab.close()).toEqual({ timers: 0, packetSockets: 0 })
  })
})
