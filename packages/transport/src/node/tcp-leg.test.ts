import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'
import type { SipRequest } from '@netsip/message'
import { VirtualClock } from '@netsip/runtime/testing'
import { afterEach, describe, expect, test } from 'vitest'
import type { Leg, Target } from '../leg/leg.ts'
import { responseTarget } from '../response-target.ts'
import { targetAt, targetOf } from '../target.ts'
import { failureOf, next, optionsFrom } from '../testing/requests.ts'
import type { ListenOptions } from './listen-options.ts'
import { listenTcp } from './tcp-leg.ts'

const via = 'SIP/2.0/TCP 127.0.0.1:9999'
const open: { close(): unknown }[] = []

afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

async function listening(options: ListenOptions = {}): Promise<Leg> {
  const leg = await listenTcp({ host: '127.0.0.1', port: 0, ...options })
  open.push(leg)
  return leg
}

async function connected(leg: Leg): Promise<Socket> {
  const socket = connect({ port: leg.local.port, host: '127.0.0.1', allowHalfOpen: true })
  socket.on('error', () => {})
  open.push({ close: () => socket.destroy() })
  await once(socket, 'connect')
  return socket
}

/** A server that takes connections and reads nothing. */
async function deafServer(): Promise<{ target: Target; sockets: Socket[] }> {
  const sockets: Socket[] = []
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    socket.on('error', () => {})
    sockets.push(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.push({
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  })
  return { target: targetAt('tcp', '127.0.0.1', (server.address() as AddressInfo).port), sockets }
}

async function textUntil(socket: Socket, end: string): Promise<string> {
  let text = ''
  for await (const chunk of socket) {
    text += String(chunk)
    if (text.endsWith(end)) break
  }
  return text
}

/** Sends to a peer that reads nothing until no more is taken for a while. */
async function fill(leg: Leg, target: Target): Promise<Error | undefined> {
  const bytes = optionsFrom(via, 'x'.repeat(60_000)).toBytes()
  const connectedThen = next(leg, 'sent')
  leg.send(bytes, target)
  await connectedThen
  let last: Error | undefined
  for (let stuck = 0; stuck < 50;) {
    const before = last
    leg.send(bytes, target, { onSendError: (error) => (last = error) })
    await new Promise(setImmediate)
    stuck = last === before ? 0 : stuck + 1
  }
  return last
}

describe('a TCP leg, facing plain sockets', () => {
  test('T007 says which port is taken', async () => {
    const leg = await listening()
    const again = listenTcp({ host: '127.0.0.1', port: leg.local.port })
    await expect(again).rejects.toMatchObject({
      code: 'ERR_SIP_LISTEN',
      message: expect.stringContaining(`127.0.0.1:${leg.local.port}: it is taken`),
      cause: { code: 'EADDRINUSE' },
    })
    await expect(listenTcp({ host: 'no-such-host.invalid' })).rejects.toMatchObject({ code: 'ERR_SIP_UNRESOLVED' })
  })

  test.each(['0.0.0.0', '::'])('T009 on %s never says so', async (host) => {
    const leg = await listening({ host })
    expect(leg.local.host).toBe(host)
    expect(leg.advertised.host).not.toMatch(/^(0\.0\.0\.0|::)$/)
    const sentBy = leg.via('z9hG4bK1', targetAt('tcp', '127.0.0.1'))
    expect(sentBy.host).toBe('127.0.0.1')
    expect(leg.isOwnSentBy(sentBy)).toBe(true)
    expect(leg.contact('a', false, targetAt('tcp', '127.0.0.1')).host).toBe('127.0.0.1')
  })

  test('T047 reads a request that is cut anywhere', async () => {
    const leg = await listening()
    const socket = await connected(leg)
    const bytes = optionsFrom(via, 'the body').toBytes()
    for (let cut = 1; cut < bytes.length; cut += 7) {
      const arrived = next(leg, 'message')
      socket.write(bytes.subarray(0, cut))
      await new Promise(setImmediate)
      socket.write(bytes.subarray(cut))
      const [message] = await arrived
      expect(message.text).toBe('the body')
    }
  })

  test('T049 T049b T049c answers a ping with one CRLF, and takes a pong', async () => {
    const leg = await listening()
    const socket = await connected(leg)
    socket.write('\r\n\r\n')
    const [pong] = (await once(socket, 'data')) as [Buffer]
    expect(pong.toString()).toBe('\r\n')
    const arrived = next(leg, 'message')
    socket.write('\r\n')
    socket.write(optionsFrom(via, '\r\n\r\n').toBytes())
    const [message] = await arrived
    expect(message.text).toBe('\r\n\r\n')
    expect(socket.bytesRead).toBe(2)
  })

  test('T048 can answer a request without Content-Length, and then closes', async () => {
    const leg = await listening()
    leg.on('malformed', (error, source) => {
      const response = (error.request as SipRequest).createResponse(error.status)
      leg.send(response.toBytes(), responseTarget(response, source) as Target)
    })
    const socket = await connected(leg)
    const closed = next(leg, 'flowClosed')
    socket.write(String(optionsFrom(via)).replace(/Content-Length: 0\r\n/i, ''))
    expect(await textUntil(socket, '\r\n\r\n')).toMatch(/^SIP\/2\.0 400 /)
    const [, error] = await closed
    expect(error?.code).toBe('ERR_SIP_REFUSED')
  })

  test('T048 answers a malformed request whose length is beyond doubt, and goes on with the next', async () => {
    const leg = await listening()
    leg.on('malformed', (error, source) => {
      const response = (error.request as SipRequest).createResponse(error.status)
      leg.send(response.toBytes(), responseTarget(response, source) as Target)
    })
    const socket = await connected(leg)
    const arrived = next(leg, 'message')
    const bad = String(optionsFrom(via, 'the body')).replace('Content-Length', 'no header line\r\nContent-Length')
    socket.write(bad + String(optionsFrom(via, 'another')))
    const [message, source] = await arrived
    expect([message.text, source.flow?.open]).toEqual(['another', true])
    expect(await textUntil(socket, '\r\n\r\n')).toMatch(/^SIP\/2\.0 400 /)
  })

  test('T049 answers a ping that comes in pieces once', async () => {
    const leg = await listening()
    const socket = await connected(leg)
    for (const piece of ['\r\n', '\r\n']) {
      socket.write(piece)
      await new Promise(setImmediate)
    }
    const arrived = next(leg, 'message')
    socket.write(optionsFrom(via).toBytes())
    const [message, source] = await arrived
    leg.send((message as SipRequest).createResponse(200).toBytes(), targetOf(source))
    expect(await textUntil(socket, '\r\n\r\n')).toMatch(/^\r\nSIP\/2\.0 200 /)
  })

  test('T050 closes on what is no SIP', async () => {
    const leg = await listening()
    for (const bytes of [Buffer.from('16030102000100', 'hex'), Buffer.from('GET / HTTP/1.1\r\n\r\n')]) {
      const socket = await connected(leg)
      const dropped = Promise.race([next(leg, 'drop'), next(leg, 'malformed')])
      socket.write(Buffer.concat([bytes, Buffer.from('\r\n\r\n')]))
      await dropped
      await once(socket.resume(), 'end')
      expect(socket.bytesRead).toBe(0)
      socket.destroy()
    }
  })

  test('T044 T044b answers a peer that has shut down its own direction', async () => {
    const leg = await listening()
    leg.on('message', (message, source) => {
      const response = (message as SipRequest).createResponse(200)
      setImmediate(() => leg.send(response.toBytes(), targetOf(source)))
    })
    const socket = await connected(leg)
    socket.end(optionsFrom(via).toBytes())
    expect(await textUntil(socket, '\r\n\r\n')).toMatch(/^SIP\/2\.0 200 /)
  })

  test('T044b closes on such a peer in its time, also when it was answered late', async () => {
    const clock = new VirtualClock()
    const leg = await listening({ clock })
    const socket = await connected(leg)
    const arrived = next(leg, 'message')
    socket.end(optionsFrom(via).toBytes())
    const [request, source] = await arrived
    for (let turns = 0; turns < 20; turns++) await new Promise(setImmediate)
    clock.advance(1500)
    const answer = (request as SipRequest).createResponse(200).toBytes()
    leg.send(answer, targetOf(source))
    const [first] = (await once(socket, 'data')) as [Buffer]
    expect(String(first)).toMatch(/^SIP\/2\.0 200 /)
    const closed = next(leg, 'flowClosed')
    clock.advance(499)
    expect(source.flow?.open).toBe(true)
    clock.advance(1)
    expect(source.flow?.open).toBe(false)
    await closed
  })

  test('T043 T044c tells of a reset connection', async () => {
    const leg = await listening()
    const socket = await connected(leg)
    const arrived = next(leg, 'message')
    socket.write(optionsFrom(via).toBytes())
    const [, source] = await arrived
    const closed = next(leg, 'flowClosed')
    socket.resetAndDestroy()
    const [flow, error] = await closed
    expect(flow).toBe(source.flow)
    expect(error).toMatchObject({ code: 'ERR_SIP_REFUSED', cause: { code: 'ECONNRESET' } })
    const failed = await failureOf(leg, optionsFrom(via).toBytes(), targetOf(source))
    expect(failed.message).toContain('is closed')
  })

  test('T043 a refused connection fails every message that waits for it', async () => {
    const leg = await listening()
    const { port } = (await listening()).local
    await open.pop()?.close()
    const target = targetAt('tcp', '127.0.0.1', port)
    const bytes = optionsFrom(via).toBytes()
    const errors = await Promise.all([failureOf(leg, bytes, target), failureOf(leg, bytes, target)])
    for (const error of errors) {
      expect(error).toMatchObject({
        code: 'ERR_SIP_REFUSED',
        message: expect.stringContaining(`127.0.0.1:${port} refused`),
      })
    }
  })

  test('T046 bounds what waits for a peer that reads nothing, and gives it up', async () => {
    const clock = new VirtualClock()
    const leg = await listening({ clock, maxQueuedBytes: 300_000 })
    const { target } = await deafServer()
    expect(await fill(leg, target)).toMatchObject({ code: 'ERR_SIP_OVERLOAD' })
    const closed = next(leg, 'flowClosed')
    clock.advance(30_000)
    expect((await closed)[1]?.message).toContain('takes nothing any more')
  })

  test('T006 closing does not wait for such a peer for longer than a second', async () => {
    const clock = new VirtualClock()
    const leg = await listening({ clock, maxQueuedBytes: 300_000 })
    await fill(leg, (await deafServer()).target)
    let over = false
    const closing = leg.close().then(() => (over = true))
    clock.advance(999)
    for (let turns = 0; turns < 20; turns++) await new Promise(setImmediate)
    expect(over).toBe(false)
    clock.advance(1)
    await closing
    expect(clock.pending).toBe(0)
  })

  test('T046 reads no more from a peer that does not take its answers, until it does', async () => {
    const leg = await listening()
    let asked = 0
    leg.on('message', (message, source) => {
      asked++
      const response = (message as SipRequest).createResponse(200, { body: 'x'.repeat(10_000) })
      leg.send(response.toBytes(), targetOf(source), { onSendError: (error) => expect.fail(error.message) })
    })
    const socket = await connected(leg)
    const request = optionsFrom(via, 'x'.repeat(1000)).toBytes()
    const total = 20_000
    const fill = async (): Promise<void> => {
      for (let k = 0; k < total; k++) {
        if (!socket.write(request)) await once(socket, 'drain')
      }
    }
    const filled = fill()
    // It asks for 200 MB of answers: far fewer are made than were asked for while none is read.
    await expect.poll(() => (socket.writableNeedDrain ? asked : 0)).toBeGreaterThan(0)
    for (let [before, still] = [-1, 0]; still < 200; await new Promise(setImmediate)) {
      still = before === asked ? still + 1 : 0
      before = asked
    }
    expect(asked).toBeLessThan(total / 2)
    socket.resume()
    await filled
    await expect.poll(() => asked, { timeout: 10_000 }).toBe(total)
  })

  test('leaves the other connections their turns while one sends without end', async () => {
    const leg = await listening()
    const heard = { all: 0, inThisTurn: 0, mostInOne: 0 }
    const everything = new Promise<void>((resolve) => {
      leg.on('message', () => {
        if (heard.inThisTurn++ === 0) setImmediate(() => (heard.inThisTurn = 0))
        heard.mostInOne = Math.max(heard.mostInOne, heard.inThisTurn)
        if (++heard.all === 2000) resolve()
      })
    })
    const socket = await connected(leg)
    const request = String(optionsFrom(via))
    socket.write(request.repeat(2000))
    await everything
    // 16 KiB, and what a turn that has begun reads of it.
    expect(heard.mostInOne).toBeLessThan((4 * 16_384) / request.length)
  })

  test('T004 closes silent, slow and idle connections, each in its time', async () => {
    const clock = new VirtualClock()
    const leg = await listening({ clock, firstByteTimeout: 1000, messageTimeout: 2000, idleTimeout: 60_000 })
    const drops: string[] = []
    leg.on('drop', (reason) => drops.push(reason))

    const silent = await connected(leg)
    await expect.poll(() => clock.pending).toBe(1)
    clock.advance(1001)
    await once(silent.resume(), 'end')
    expect(drops).toEqual(['silent-connection'])

    const slow = await connected(leg)
    slow.write('OPTIONS sip:')
    await expect.poll(() => clock.pending).toBe(1)
    for (let k = 0; k < 10 && drops.length < 2; k++) {
      slow.write('x')
      await new Promise(setImmediate)
      clock.advance(500)
    }
    expect(drops).toEqual(['silent-connection', 'slow-message'])

    const idle = await connected(leg)
    const arrived = next(leg, 'message')
    idle.write(optionsFrom(via).toBytes())
    const [, source] = await arrived
    clock.advance(59_000)
    expect(source.flow?.open).toBe(true)
    clock.advance(2000)
    expect(source.flow?.open).toBe(false)
  })

  test('bounds connections in all and of one source', async () => {
    const leg = await listening({ maxConnections: 3, maxConnectionsPerSource: 2 })
    await connected(leg)
    await connected(leg)
    const dropped = next(leg, 'drop')
    const third = await connected(leg)
    expect((await dropped)[0]).toBe('too-many-connections-of-source')
    await once(third.resume(), 'end')
    expect(leg.connections).toBe(2)
    const failure = await failureOf(leg, optionsFrom(via).toBytes(), targetAt('tcp', '127.0.0.1', 9))
    expect(failure.code).toBe('ERR_SIP_OVERLOAD')
  })

  test('gives the place of the longest silent to a newcomer, and none of those who have spoken', async () => {
    const clock = new VirtualClock()
    const leg = await listening({ clock, maxConnections: 3 })
    const drops: [string, number | undefined][] = []
    leg.on('drop', (reason, source) => drops.push([reason, source?.port]))
    const speaker = await connected(leg)
    const arrived = next(leg, 'message')
    speaker.write(optionsFrom(via).toBytes())
    const [, spoken] = await arrived
    const [silent, younger] = [await connected(leg), await connected(leg)]
    await expect.poll(() => clock.pending).toBe(3)

    const tooSoon = await connected(leg)
    const tooSoonPort = tooSoon.localPort
    await once(tooSoon.resume(), 'end')
    expect(drops.splice(0)).toEqual([['too-many-connections', tooSoonPort]])

    clock.advance(1000)
    const ended = once(silent.resume(), 'end')
    const newcomer = await connected(leg)
    const heard = next(leg, 'message')
    newcomer.write(optionsFrom(via).toBytes())
    await heard
    await ended
    expect(drops).toEqual([['silent-connection', silent.localPort]])
    expect([spoken.flow?.open, younger.readyState]).toEqual([true, 'open'])
  })

  test.each([{ maxConnections: 2 }, { maxConnectionsPerSource: 2 }])(
    'gives the place of the longest silent to a connection of its own as well, with %o',
    async (bounds) => {
      const clock = new VirtualClock()
      const leg = await listening({ clock, ...bounds })
      const far = await listening()
      const [silent, younger] = [await connected(leg), await connected(leg)]
      await expect.poll(() => clock.pending).toBe(2)
      const target = targetAt('tcp', '127.0.0.1', far.local.port)
      expect((await failureOf(leg, optionsFrom(via).toBytes(), target)).code).toBe('ERR_SIP_OVERLOAD')
      clock.advance(1000)
      const [ended, arrived] = [once(silent.resume(), 'end'), next(far, 'message')]
      leg.send(optionsFrom(via).toBytes(), target)
      await Promise.all([ended, arrived])
      expect(younger.readyState).toBe('open')
    },
  )

  test('T078 alias counts for nothing without a proof of identity', async () => {
    const leg = await listening()
    const socket = await connected(leg)
    const arrived = next(leg, 'message')
    socket.write(optionsFrom('SIP/2.0/TCP 127.0.0.1:9;alias').toBytes())
    await arrived
    const failed = await failureOf(leg, optionsFrom(via).toBytes(), targetAt('tcp', '127.0.0.1', 9))
    expect(failed.message).toContain('127.0.0.1:9 refused')
  })

  test('T006 closing tells the peer, frees the port and leaves no timer', async () => {
    const clock = new VirtualClock()
    const leg = await listening({ clock })
    const socket = await connected(leg)
    await new Promise(setImmediate)
    const ended = once(socket.resume(), 'end')
    await leg.close()
    await ended
    expect(clock.pending).toBe(0)
    const again = await listening({ port: leg.local.port })
    expect(again.local.port).toBe(leg.local.port)
  })
})
