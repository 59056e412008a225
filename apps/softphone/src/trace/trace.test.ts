import { expect, test } from 'vitest'
import { traced } from './trace.ts'

test('a traced message says when, how and between whom, and drives no terminal', () => {
  const bytes = Buffer.from('SIP/2.0 200 OK\r\nSubject: \u001b[2J\u0007\r\n\r\n')
  const event = {
    time: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
    direction: 'in' as const,
    protocol: 'UDP',
    local: '127.0.0.1:1',
    remote: '127.0.0.1:2',
    bytes,
  }
  expect(traced(event, bytes)).toBe(
    '--- 03:04:05.006 udp 127.0.0.1:1 <- 127.0.0.1:2 (34 bytes)\n    SIP/2.0 200 OK\n    Subject: \\x1b[2J\\x07\n',
  )
})
