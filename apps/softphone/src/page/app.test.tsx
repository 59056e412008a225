import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import type { CallView, Snapshot } from '../web/protocol.ts'
import { App } from './app.tsx'
import { AudioEngine, microphoneTrouble } from './audio/engine.ts'
import { PhoneSocket } from './phone-socket.ts'
import { clock } from './time.ts'

const call: CallView = {
  id: 'c1',
  direction: 'out',
  remote: 'echo@127.0.0.1',
  state: 'answered',
  since: 0,
  codec: 'PCMA',
  held: false,
  heldByPeer: false,
  focus: true,
}

function rendered(change: Partial<Snapshot>): string {
  const socket = new PhoneSocket('ws://127.0.0.1/phone')
  const audio = new AudioEngine(() => {})
  socket.link.set('open')
  socket.heard.set({ c1: '42' })
  audio.state.set({ mode: 'on', muted: false })
  socket.snapshot.set({
    type: 'state',
    aor: 'sip:me@127.0.0.1',
    registration: 'registered',
    registrationText: 'registered',
    calls: [],
    log: [],
    lines: [{ label: 'Echo', uri: 'sip:echo@127.0.0.1', hint: 'plays back what you say' }],
    audio: true,
    ...change,
  })
  return renderToStaticMarkup(<App socket={socket} audio={audio} />)
}

const named = (name: string): Error => Object.assign(new Error(name), { name })

test('without a call: who we are, a field to dial, lines to try', () => {
  const html = rendered({})
  expect(html).toContain('<strong>me@127.0.0.1</strong>')
  expect(html).toContain('<label for="target">Call</label>')
  expect(html).toContain('plays back what you say')
  expect(html).toContain('Nothing yet.')
})

test('in a call: the keypad, the microphone, the digits they sent, and a way out', () => {
  const html = rendered({ calls: [call] })
  expect(html).toContain('In call · PCMA')
  expect(html.match(/aria-label="[0-9*#]"/g)).toHaveLength(12)
  expect(html).toContain('They pressed <strong>42</strong>')
  expect(html).toContain('aria-label="Your microphone"')
  expect(html).toContain('Hang up')
  expect(html).not.toContain('plays back what you say')
})

test('a call can be held and handed over, and says when it is on hold', () => {
  const html = rendered({ calls: [call] })
  expect(html).toMatch(/>Hold</)
  expect(html).toContain('aria-label="Hand over to"')
  const held = rendered({ calls: [{ ...call, held: true, heldByPeer: true }] })
  expect(held).toMatch(/on hold.*they put you on hold.*>Take back</s)
})

test('a call can be handed over to each other one that is answered, but not to one that rings or to itself', () => {
  const others = ['bob', 'carol'].map((remote) => ({ ...call, id: remote, remote, focus: false }))
  const ringing = { ...call, id: 'dave', remote: 'dave', state: 'ringing' } as const
  const html = rendered({ calls: [call, ...others, ringing] })
  expect(html.match(/>Hand over to [^<]*</g)).toEqual(
    ['bob', 'carol', 'echo@127.0.0.1', 'carol', 'echo@127.0.0.1', 'bob'].map((remote) => `>Hand over to ${remote}<`),
  )
  expect(rendered({ calls: [call, ringing] })).not.toContain('>Hand over to')
})

test('a call that comes in is answered or declined', () => {
  const html = rendered({ calls: [{ ...call, direction: 'in', state: 'ringing', focus: false }] })
  expect(html).toMatch(/is calling.*Answer.*Decline/s)
})

test('a text that came stands in the log, as text', () => {
  const entry = { kind: 'text', direction: 'in', time: 0, remote: 'bob', text: '<b>lunch?</b>', failed: false } as const
  const html = rendered({ log: [entry] })
  expect(html).toContain('aria-label="text received"')
  expect(html).toContain('&lt;b&gt;lunch?&lt;/b&gt;')
})

test('what others send is text, not markup', () => {
  expect(rendered({ calls: [{ ...call, remote: '<img src=x onerror=alert(1)>' }] })).not.toContain('<img')
})

test('every trouble with the microphone has its sentence, and the call goes on', () => {
  const sentences = ['NotAllowedError', 'NotFoundError', 'NotReadableError', 'Other'].map((name) =>
    microphoneTrouble(named(name)),
  )
  expect(new Set(sentences).size).toBe(4)
  for (const sentence of sentences) expect(sentence).toContain('You hear the other side')
})

test('a clock for calls', () => {
  expect([clock(0), clock(65_000), clock(3_725_000)]).toEqual(['0:00', '1:05', '1:02:05'])
})
