import { createSocket, type Socket } from 'node:dgram'
import { expect, test } from 'vitest'
import { testIo } from '../testing.ts'
import { runDemo } from './run-demo.ts'

function occupy(): Promise<{ port: number; socket: Socket }> {
  const socket = createSocket('udp4')
  return new Promise((resolve) => {
    socket.bind(0, '127.0.0.1', () => resolve({ port: socket.address().port, socket }))
  })
}

test('the demo call comes back, and a port that is taken is no error', async () => {
  const { port, socket } = await occupy()
  const io = testIo()
  const code = await runDemo({ once: true, seconds: 0.5, nearPort: port }, io)
  socket.close()
  const said = io.stdout.join('\n')
  expect(code, said + io.stderr.join('\n')).toBe(0)
  expect(said).toContain(`(${port} is taken)`)
  expect(said).toMatch(/softphone +server +echo line/)
  expect(said).toMatch(/407 Proxy Authentication Required/)
  expect(said).toMatch(/answered in \d+ ms; 25 packets out, 25 back, 0 lost; the 440 Hz tone came back/)
  expect(io.stderr).toEqual([])
})
