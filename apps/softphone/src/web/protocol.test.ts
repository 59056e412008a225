import { expect, test } from 'vitest'
import { parseCommand } from './protocol.ts'

test.each([
  { type: 'dial', target: 'sip:bob@example.com' },
  { type: 'answer', call: 'a' },
  { type: 'reject', call: 'a' },
  { type: 'hangup', call: 'a' },
  { type: 'connect', call: 'a', other: 'b' },
  { type: 'dtmf', call: 'a', digits: '1*#D' },
  { type: 'audio' },
])('reads $type', (command) => {
  expect(parseCommand(JSON.stringify(command))).toEqual(command)
})

test.each([
  '',
  'null',
  '[]',
  '7',
  '{',
  '{"type":"dial"}',
  '{"type":"dial","target":7}',
  '{"type":"hangup"}',
  '{"type":"connect","call":"a"}',
  '{"type":"dtmf","call":"a","digits":"x"}',
  '{"type":"shutdown"}',
  JSON.stringify({ type: 'dial', target: 'a'.repeat(513) }),
])('refuses %s', (text) => {
  expect(parseCommand(text)).toBeUndefined()
})
