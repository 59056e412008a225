import { expect, test } from 'vitest'
import type { Io } from './io.ts'
import { duration, hostPort, Output } from './output.ts'

function memoryIo(): Io & { stdout: string[]; stderr: string[] } {
  const [stdout, stderr]: [string[], string[]] = [[], []]
  return {
    stdout,
    stderr,
    out: (line) => void stdout.push(line),
    err: (line) => void stderr.push(line),
    env: {},
    onInterrupt: () => () => {},
    onLine: () => () => {},
    abort: () => {},
  }
}

test('with --json each event is one object a line on stdout, and what a person reads goes to stderr', () => {
  const io = memoryIo()
  const output = new Output(io, { json: true, now: () => Date.UTC(2026, 0, 2, 3, 4, 5, 678) })
  output.event('ringing', { callId: 'a@b', status: 180 }, 'ringing')
  output.note('a note')
  expect(io.stdout).toEqual(['{"event":"ringing","time":"2026-01-02T03:04:05.678Z","callId":"a@b","status":180}'])
  expect(io.stderr).toEqual(['ringing', 'a note'])
})

test('without it the lines go to stdout, and errors to stderr', () => {
  const io = memoryIo()
  const output = new Output(io)
  output.event('ringing', {}, 'ringing')
  output.event('error', { code: 'ERR_SIP_TIMEOUT' }, 'nobody answered')
  expect(io.stdout).toEqual(['ringing'])
  expect(io.stderr).toEqual(['nobody answered'])
})

test('what a peer says cannot drive the terminal', () => {
  const io = memoryIo()
  const evil = 'busy \u001b[2J\u009b31m\u202e\r'
  new Output(io).event('ended', {}, evil)
  new Output(io).log(evil)
  new Output(io, { json: true, now: () => 0 }).event('ended', { reason: evil }, evil)
  const shown = 'busy \\x1b[2J\\x9b31m\\u202e\\x0d'
  expect(io.stdout[0]).toBe(shown)
  expect(io.stderr).toEqual([shown, shown])
  expect(io.stdout[1]).toMatch(/^[\x20-\x7e]+$/)
  expect(JSON.parse(io.stdout[1]!)).toMatchObject({ reason: evil })
})

test('the password of a URI is not printed', () => {
  const io = memoryIo()
  new Output(io).note('calling sip:alice:secret@example.com')
  new Output(io, { json: true }).event('incoming', { from: 'sip:alice:secret@example.com' }, 'from sip:alice:secret@h')
  expect(io.stdout[0]).toBe('calling sip:alice:xxxxxx@example.com')
  expect(JSON.parse(io.stdout[1]!)).toMatchObject({ from: 'sip:alice:xxxxxx@example.com' })
  expect(io.stderr).toEqual(['from sip:alice:xxxxxx@h'])
})

test('durations and addresses as a person writes them', () => {
  expect([duration(9.4), duration(999), duration(1234)]).toEqual(['9 ms', '999 ms', '1.2 s'])
  expect([hostPort('127.0.0.1', 5060), hostPort('::1', 5060), hostPort('[::1]', 1)]).toEqual([
    '127.0.0.1:5060',
    '[::1]:5060',
    '[::1]:1',
  ])
})
