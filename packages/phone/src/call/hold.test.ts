import { tone } from '@netsip/media'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Call } from './call.ts'
import type { HoldEvent } from './call-types.ts'
import type { Phone } from '../phone.ts'
import { PhoneLab } from '../testing/phones.ts'

describe('a call on hold', () => {
  let lab: PhoneLab
  let alice: Phone
  let bob: Phone
  let call: Call
  let bobs: Call

  beforeEach(async () => {
    lab = new PhoneLab()
    ;[alice, bob] = await lab.pair()
    bob.once('call', (incoming) => incoming.answer({ source: tone(300) }))
    call = await lab.until(alice.call('sip:bob@10.0.0.2', { source: tone(440) }))
    await lab.until(call.answered)
    await lab.clock.advanceAsync(100)
    bobs = bob.calls[0]!
  })
  afterEach(async () => {
    const left = await lab.close()
    if (left.timers + left.packetSockets > 0) throw new Error(`left over: ${JSON.stringify(left)}`)
  })

  /** The loudest sample that a call hears within half a second. */
  async function loudness(of: Call): Promise<number> {
    let loudest = 0
    const off = of.record({
      direct: true,
      write: (frame) => {
        for (const sample of frame) loudest = Math.max(loudest, Math.abs(sample))
      },
    })
    await lab.clock.advanceAsync(200)
    loudest = 0
    await lab.clock.advanceAsync(300)
    off()
    return loudest
  }

  test('neither side hears the other, both know it, and the sound comes back', async () => {
    const told: [string, HoldEvent][] = []
    call.on('hold', (event) => void told.push(['alice', event]))
    bobs.on('hold', (event) => void told.push(['bob', event]))
    await lab.until(call.hold())
    expect([call.held, call.heldByPeer, bobs.held, bobs.heldByPeer]).toEqual([true, false, false, true])
    expect([await loudness(call), await loudness(bobs)]).toEqual([0, 0])
    await lab.until(call.hold())
    await lab.until(call.resume())
    expect([call.held, bobs.heldByPeer]).toEqual([false, false])
    expect(await loudness(call)).toBeGreaterThan(5000)
    expect(await loudness(bobs)).toBeGreaterThan(5000)
    expect(told).toEqual([
      ['bob', { local: false, remote: true }],
      ['alice', { local: true, remote: false }],
      ['bob', { local: false, remote: false }],
      ['alice', { local: false, remote: false }],
    ])
    expect(call.state).toBe('answered')
  })

  test('may be held by both: each takes off its own', async () => {
    await lab.until(call.hold())
    await lab.until(bobs.hold())
    expect([call.held, call.heldByPeer, bobs.held, bobs.heldByPeer]).toEqual([true, true, true, true])
    await lab.until(call.resume())
    expect([call.held, call.heldByPeer, bobs.held, bobs.heldByPeer]).toEqual([false, true, true, false])
    expect(await loudness(call)).toBe(0)
    await lab.until(bobs.resume())
    expect([call.heldByPeer, bobs.held]).toEqual([false, false])
    expect(await loudness(call)).toBeGreaterThan(5000)
  })

  test('at once from both sides: one gives way (491), and both come through', async () => {
    await lab.until(Promise.all([call.hold(), bobs.hold()]))
    expect([call.held, call.heldByPeer, bobs.held, bobs.heldByPeer]).toEqual([true, true, true, true])
  })

  test('by one side while it learns of the other', async () => {
    let answer: Promise<void> | undefined
    bobs.once('hold', () => void (answer = bobs.hold()))
    await lab.until(call.hold())
    await lab.until(answer!)
    expect([call.held, call.heldByPeer, bobs.held, bobs.heldByPeer]).toEqual([true, true, true, true])
  })

  test('asked for twice and taken back without waiting, goes one after the other', async () => {
    await lab.until(Promise.all([call.hold(), call.resume(), call.hold()]))
    expect([call.held, bobs.heldByPeer]).toEqual([true, true])
  })

  test('what is played meanwhile is heard after it, and not before', async () => {
    await lab.until(call.hold())
    call.play(tone(1000))
    expect(await loudness(bobs)).toBe(0)
    await lab.until(call.resume())
    expect(await loudness(bobs)).toBeGreaterThan(5000)
  })

  test('that the peer refuses leaves the call as it was', async () => {
    lab.network.partition('10.0.0.1', '10.0.0.2')
    const held = call.hold()
    const refused = held.catch((error: unknown) => error)
    await lab.clock.advanceAsync(1000)
    expect(call.held).toBe(false)
    await lab.clock.advanceAsync(64_000)
    expect(await refused).toMatchObject({ name: 'CallError', status: 408 })
    expect(call.held).toBe(false)
    lab.network.heal()
  })

  test('can be hung up', async () => {
    await lab.until(call.hold())
    await lab.until(call.hangup())
    expect(await lab.until(bobs.ended)).toMatchObject({ by: 'remote' })
    await expect(call.resume()).rejects.toMatchObject({ code: 'ERR_SIP_STATE' })
  })

  test('and hanging up while it is put on hold ends both', async () => {
    const held = call.hold().catch((error: unknown) => error)
    await lab.clock.advanceAsync(1)
    await lab.until(call.hangup())
    await lab.until(bobs.ended)
    expect(await held).toMatchObject({ name: 'CallError' })
  })

  test('muted, the peer hears silence and is not told', async () => {
    call.mute()
    expect([call.muted, bobs.heldByPeer]).toEqual([true, false])
    expect(await loudness(bobs)).toBe(0)
    expect(await loudness(call)).toBeGreaterThan(5000)
    call.mute(false)
    expect(await loudness(bobs)).toBeGreaterThan(5000)
  })
})

test.each(Array.from({ length: 50 }, (_, seed) => seed))(
  'with seed %i both sides hold and resume at once, over a network that loses packets, and agree in the end',
  async (seed) => {
    const lab = new PhoneLab({ seed, loss: 0.1, jitter: 10 })
    const [alice, bob] = await lab.pair()
    bob.on('call', (incoming) => incoming.answer())
    const call = await lab.until(alice.call('sip:bob@10.0.0.2'))
    await lab.until(call.answered)
    await lab.until(new Promise<void>((up) => void bob.calls[0]!.once('answered', up)))
    const bobs = bob.calls[0]!
    await lab.until(Promise.all([call.hold(), bobs.hold()]))
    expect([call.held, call.heldByPeer, bobs.held, bobs.heldByPeer]).toEqual([true, true, true, true])
    await lab.until(Promise.all([call.resume(), bobs.resume()]))
    expect([call.held, call.heldByPeer, bobs.held, bobs.heldByPeer]).toEqual([false, false, false, false])
    expect(await lab.close()).toEqual({ timers: 0, packetSockets: 0 })
  },
)
