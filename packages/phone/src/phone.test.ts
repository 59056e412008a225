import { echo, tone, ToneDetector } from '@netsip/media'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Call } from './call/call.ts'
import type { CallEnd } from './call/call-types.ts'
import type { Phone } from './phone.ts'
import { PhoneLab } from './testing/phones.ts'

describe('a call between two phones', () => {
  let lab: PhoneLab
  let alice: Phone
  let bob: Phone

  beforeEach(async () => {
    lab = new PhoneLab()
    ;[alice, bob] = await lab.pair()
  })
  // What is left when all is closed would be a leak.
  afterEach(async () => {
    const left = await lab.close()
    if (left.timers + left.packetSockets > 0) throw new Error(`left over: ${JSON.stringify(left)}`)
  })

  /** The next call that comes to Bob. */
  function incoming(): Promise<Call> {
    return new Promise((resolve) => void bob.once('call', resolve))
  }

  test('tells when what was played has ended, once, and takes up what is played next', async () => {
    const prompt = tone(440, { durationMs: 300 })
    const seen: string[] = []
    bob.once('call', (call) => {
      call.on('played', (source) => {
        seen.push(source === prompt ? 'the prompt' : 'the beep')
        if (source === prompt) call.play(tone(880, { durationMs: 100 }))
      })
      return call.answer({ source: prompt })
    })
    const call = await lab.until(alice.call('sip:bob@10.0.0.2'))
    await lab.until(call.answered)
    await lab.clock.advanceAsync(200)
    const bobs = bob.calls[0]!
    expect(seen).toEqual([])
    await lab.clock.advanceAsync(150)
    expect(seen).toEqual(['the prompt'])
    await lab.clock.advanceAsync(200)
    await lab.until(bobs.hold())
    await lab.until(bobs.resume())
    await lab.clock.advanceAsync(500)
    expect(seen).toEqual(['the prompt', 'the beep'])
    await lab.until(call.hangup())
  })

  test('rings, is answered, carries sound and digits both ways, and ends', async () => {
    const heard: string[] = []
    bob.once('call', (call) => {
      const mirror = echo()
      call.record(mirror)
      call.on('dtmf', ({ digit, via }) => void heard.push(`${digit} by ${via}`))
      call.ring()
      return call.answer({ source: mirror })
    })
    const call = await lab.until(alice.call('sip:bob@10.0.0.2', { source: tone(440) }))
    const seen: string[] = []
    call.on('ringing', (status, reason) => void seen.push(`${status} ${reason}`))
    call.on('answered', () => void seen.push('answered'))
    const detector = new ToneDetector(440)
    call.record(detector)
    expect(call.state).toBe('calling')
    await lab.until(call.answered)
    expect(seen).toEqual(['180 Ringing', 'answered'])
    expect(call).toMatchObject({ state: 'answered', codec: 'PCMU', direction: 'out' })
    await lab.clock.advanceAsync(1000)
    await lab.until(call.sendDtmf('4#'))
    await lab.clock.advanceAsync(500)
    expect(heard).toEqual(['4 by rtp', '# by rtp'])
    expect(detector.present).toBe(true)
    const bobs = bob.calls[0]!
    await lab.until(call.hangup())
    expect(await call.ended).toMatchObject({ by: 'local' })
    expect((await call.ended).durationMs).toBeGreaterThan(1500)
    expect(await lab.until(bobs.ended)).toMatchObject({ by: 'remote' })
    expect(call.stats()).toMatchObject({ codec: 'PCMU', lost: 0 })
    expect([alice.calls, bob.calls]).toEqual([[], []])
  })

  test('no sound is sent once the BYE is on its way, even if nobody answers it', async () => {
    bob.once('call', (call) => call.answer())
    const call = await lab.until(alice.call('sip:bob@10.0.0.2', { source: tone(440) }))
    await lab.until(call.answered)
    await lab.clock.advanceAsync(500)
    lab.network.partition('10.0.0.1', '10.0.0.2')
    const over = call.hangup()
    const { sent } = call.stats()
    await lab.clock.advanceAsync(2000)
    expect(call.stats().sent).toBe(sent)
    lab.network.heal()
    await lab.until(over)
    expect(await call.ended).toMatchObject({ by: 'local' })
  })

  test('the callee may hang up too', async () => {
    const came = incoming()
    const call = await lab.until(alice.call('bob@10.0.0.2'))
    const bobs = await lab.until(came)
    await lab.until(bobs.answer())
    await lab.until(bobs.hangup())
    expect(await bobs.ended).toMatchObject({ by: 'local' })
    expect(await lab.until(call.ended)).toMatchObject({ by: 'remote' })
  })

  test.each([
    [486, 'Busy Here'],
    [603, 'Decline'],
  ])('D133 a refusal with %i is told with status and reason', async (status, reason) => {
    bob.on('call', (call) => call.reject(status))
    const call = await lab.until(alice.call('sip:bob@10.0.0.2'))
    await expect(lab.until(call.answered)).rejects.toMatchObject({ code: 'ERR_SIP_STATUS', status, reason })
    expect(await call.ended).toEqual({ by: 'remote', status, reason, durationMs: 0 })
  })

  test('D126 hanging up before the answer cancels, and the callee is told', async () => {
    const came = incoming()
    const call = await lab.until(alice.call('sip:bob@10.0.0.2'))
    const bobs = await lab.until(came)
    bobs.ring()
    await lab.clock.advanceAsync(50)
    expect(call.state).toBe('ringing')
    const told = bobs.answered.catch((error: unknown) => error)
    await lab.until(call.hangup())
    expect(await call.ended).toEqual({ by: 'local', durationMs: 0 })
    await expect(call.answered).rejects.toMatchObject({ code: 'ERR_SIP_CANCELLED', status: 487 })
    expect(await lab.until(bobs.ended)).toMatchObject({ by: 'remote', status: 487 })
    expect(await told).toMatchObject({ code: 'ERR_SIP_CANCELLED' })
  })

  test('who gives up a call to one who is silent is told at once, by hanging up and by a signal', async () => {
    const abort = new AbortController()
    const [one, other] = [
      await lab.until(alice.call('sip:carol@10.0.0.9')),
      await lab.until(alice.call('sip:carol@10.0.0.9', { signal: abort.signal })),
    ]
    const over = one.hangup()
    abort.abort()
    for (const call of [one, other]) {
      await expect(call.answered).rejects.toMatchObject({ name: 'CallError', code: 'ERR_SIP_CANCELLED', status: 487 })
      expect(call.state).toBe('calling')
    }
    await lab.until(over)
    expect(await lab.until(other.ended)).toEqual({ by: 'local', durationMs: 0 })
    expect(alice.calls).toEqual([])
  })

  test('a signal hangs up', async () => {
    bob.on('call', (call) => call.answer())
    const abort = new AbortController()
    const call = await lab.until(alice.call('sip:bob@10.0.0.2', { signal: abort.signal }))
    await lab.until(call.answered)
    abort.abort()
    expect(await lab.until(call.ended)).toMatchObject({ by: 'local' })
  })

  test('D014 a phone that is not there: nobody answers after 32 s, which counts as 408', async () => {
    const call = await lab.until(alice.call('sip:carol@10.0.0.9'))
    const started = lab.clock.monotonic()
    await expect(lab.until(call.answered)).rejects.toMatchObject({ code: 'ERR_SIP_TIMEOUT', status: 408, local: true })
    expect(lab.clock.monotonic() - started).toBeGreaterThanOrEqual(31_900)
    expect(await call.ended).toMatchObject({ by: 'error', status: 408 })
  })

  test('a name nobody has is said at once', async () => {
    const call = await lab.until(alice.call('sip:bob@nowhere.example'))
    await expect(lab.until(call.answered)).rejects.toMatchObject({ code: 'ERR_SIP_UNRESOLVED' })
  })

  test('no listener for calls: 480', async () => {
    const call = await lab.until(alice.call('sip:bob@10.0.0.2'))
    await expect(lab.until(call.answered)).rejects.toMatchObject({ status: 480 })
  })

  test('what is not possible in a state is refused with ERR_SIP_STATE', async () => {
    const came = incoming()
    const call = await lab.until(alice.call('sip:bob@10.0.0.2'))
    const bobs = await lab.until(came)
    expect(() => call.ring()).toThrow('cannot ring a call that we made')
    await expect(call.answer()).rejects.toMatchObject({ code: 'ERR_SIP_STATE' })
    await expect(call.sendDtmf('1')).rejects.toMatchObject({ code: 'ERR_SIP_STATE' })
    expect(() => bobs.reject(200)).toThrow('from 300 to 699')
    await lab.until(bobs.answer())
    expect(() => bobs.reject()).toThrow('cannot reject a call that is answered')
    await lab.until(call.hangup())
  })

  test('what cannot be called, played or recorded is refused, and says what can', async () => {
    const [nobody, file] = [undefined, 'hello.wav'] as unknown as [string, never]
    await expect(alice.call(nobody)).rejects.toThrow('undefined is not an address to call, such as sip:bob@example.com')
    await expect(alice.call('sip:bob@10.0.0.2', { source: file })).rejects.toThrow('await openWavFile(path)')
    expect(alice.calls).toEqual([])
    bob.once('call', (call) => call.answer())
    const call = await lab.until(alice.call('sip:bob@10.0.0.2'))
    await lab.until(call.answered)
    expect(() => call.play(file)).toThrow(
      'wanted: a source, such as tone(440), or await openWavFile(path) of @netsip/media/node',
    )
    expect(() => call.record(file)).toThrow(
      'wanted: a sink, such as wavFileSink(path) of @netsip/media/node, not string',
    )
    await expect(call.transfer(nobody)).rejects.toThrow('undefined is not an address to call')
    await lab.until(call.hangup())
  })

  test('a listener that throws or rejects is reported and disturbs nobody', async () => {
    const errors: string[] = []
    bob.on('error', (error) => void errors.push(error.message))
    bob.on('call', () => {
      throw new Error('thrown')
    })
    bob.on('call', () => Promise.reject(new Error('rejected')))
    bob.on('call', (call) => call.answer())
    const call = await lab.until(alice.call('sip:bob@10.0.0.2'))
    await lab.until(call.answered)
    expect(errors).toEqual(['thrown', 'rejected'])
    await lab.until(call.hangup())
  })

  test('closing a phone hangs up its calls', async () => {
    bob.on('call', (call) => call.answer())
    const call = await lab.until(alice.call('sip:bob@10.0.0.2'))
    await lab.until(call.answered)
    await lab.until(bob.close())
    expect(await lab.until(call.ended)).toMatchObject({ by: 'remote' })
    await expect(bob.call('sip:alice@10.0.0.1')).rejects.toMatchObject({ code: 'ERR_SIP_CLOSED' })
  })

  test('a phone that is closed in the middle of a call to a silent peer does not wait longer than it is told', async () => {
    const call = await lab.until(alice.call('sip:carol@10.0.0.9'))
    const started = lab.clock.monotonic()
    await lab.until(alice.close({ graceMs: 500 }))
    expect(lab.clock.monotonic() - started).toBeLessThan(600)
    expect(await call.ended).toMatchObject({ by: 'local' })
  })

  test('D143 asks what a phone can do, and sends it a text', async () => {
    const response = await lab.until(alice.options('sip:bob@10.0.0.2'))
    expect(response.status).toBe(200)
    expect(response.allow).toEqual(expect.arrayContaining(['INVITE', 'BYE', 'MESSAGE']))
    expect(response.headers.get('Accept')).toBe('application/sdp')
    await expect(lab.until(alice.message('sip:bob@10.0.0.2', 'hello'))).rejects.toMatchObject({ status: 480 })
    const texts: string[] = []
    bob.on('message', ({ from, text }) => void texts.push(`${from.uri.toString()}: ${text}`))
    expect((await lab.until(alice.message('sip:bob@10.0.0.2', 'grüß dich'))).status).toBe(200)
    expect(texts).toEqual(['sip:alice@10.0.0.1: grüß dich'])
  })
})

async function callWith(alices: string[], bobs: string[]): Promise<{ call: Call; lab: PhoneLab }> {
  const lab = new PhoneLab()
  const [alice, bob] = await lab.pair({ codecs: alices }, { codecs: bobs })
  bob.on('call', (call) => call.answer())
  return { call: await lab.until(alice.call('sip:bob@10.0.0.2')), lab }
}

describe('codecs', () => {
  test('D179 none in common: 488, and no phone rings', async () => {
    const { call, lab } = await callWith(['PCMU'], ['PCMA'])
    await expect(lab.until(call.answered)).rejects.toMatchObject({ status: 488, reason: 'Not Acceptable Here' })
    expect(await lab.close()).toEqual({ timers: 0, packetSockets: 0 })
  })

  test('A131 the first one in common is taken', async () => {
    const { call, lab } = await callWith(['PCMA', 'PCMU'], ['PCMU', 'PCMA'])
    await lab.until(call.answered)
    expect(call.codec).toBe('PCMA')
    await lab.close()
  })
})

test('a phone that is closed leaves no timer behind, not even that of its grace', async () => {
  const lab = new PhoneLab()
  const [alice, bob] = await lab.pair()
  bob.on('call', (call) => call.answer())
  await lab.until((await lab.until(alice.call('sip:bob@10.0.0.2'))).answered)
  for (const phone of [alice, bob]) await lab.until(phone.close())
  expect(lab.clock.pending).toBe(0)
})

test('one call too many is busy', async () => {
  const lab = new PhoneLab()
  const [alice, bob] = await lab.pair({}, { maxCalls: 1 })
  bob.on('call', (call) => call.answer())
  const first = await lab.until(alice.call('sip:bob@10.0.0.2'))
  await lab.until(first.answered)
  const second = await lab.until(alice.call('sip:bob@10.0.0.2'))
  await expect(lab.until(second.answered)).rejects.toMatchObject({ status: 486 })
  expect(await lab.close()).toEqual({ timers: 0, packetSockets: 0 })
})

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'both ends agree that a call is over on a network that loses packets (seed %i)',
  async (seed) => {
    const lab = new PhoneLab({ seed, loss: 0.2, jitter: 20, duplicate: 0.1 })
    const [alice, bob] = await lab.pair()
    const ends: Promise<CallEnd>[] = []
    bob.on('call', (call) => {
      ends.push(call.ended)
      call.ring()
      return call.answer()
    })
    const call = await lab.until(alice.call('sip:bob@10.0.0.2'))
    await lab.until(call.answered)
    await lab.clock.advanceAsync(500)
    await lab.until(call.hangup())
    expect(await call.ended).toMatchObject({ by: 'local' })
    expect(await lab.until(Promise.all(ends))).toMatchObject([{ by: 'remote' }])
    expect(await lab.close()).toEqual({ timers: 0, packetSockets: 0 })
  },
)
