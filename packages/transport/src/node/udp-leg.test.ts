import { createSocket, Socket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { SipRequest, Via } from '@netsip/message'
import type { SipError } from '@netsip/runtime'
import { VirtualClock } from '@netsip/runtime/testing'
import { parseStun, stunAnswer, stunRequest, type StunMessage } from '../keepalive/stun.ts'
import type { Leg, Target } from '../leg/leg.ts'
import { responseTarget } from '../response-target.ts'
import { targetAt, targetOf } from '../target.ts'
import { failureOf, next, optionsFrom } from '../testing/requests.ts'
import { listenUdp, type UdpOptions } from './udp-leg.ts'

const open: { close(): unknown }[] = []

afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

const major = Number(process.versions.node.split('.')[0])

async function listening(options: UdpOptions = {}): Promise<Leg> {
  const leg = await listenUdp({ host: '127.0.0.1', port: 0, ...options })
  open.push(leg)
  return leg
}

async function plainSocket(): Promise<Socket> {
  const socket = createSocket('udp4')
  open.push({ close: () => socket.close() })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return socket
}

describe('a UDP leg, facing plain sockets', () => {
  test('T007 says which port is taken', async () => {
    const leg = await listening()
    await expect(listenUdp({ host: '127.0.0.1', port: leg.local.port })).rejects.toMatchObject({
      code: 'ERR_SIP_LISTEN',
      message: expect.stringContaining(`udp 127.0.0.1:${leg.local.port}: it is taken`),
      cause: { code: 'EADDRINUSE' },
    })
  })

  test('T019 T022 T033 answers to the port it was asked from, out of the port it was asked at', async () => {
    const leg = await listening()
    const socket = await plainSocket()
    leg.once('message', (message, source) => {
      const response = (message as SipRequest).createResponse(200)
      leg.send(response.toBytes(), responseTarget(response, source) as Target)
    })
    // Behind a NAT sent-by is not where we are.
    socket.send(optionsFrom('SIP/2.0/UDP 10.1.2.3:5060;rport').toBytes(), leg.local.port, '127.0.0.1')
    const [answer, from] = (await once(socket, 'message')) as [Buffer, { port: number }]
    expect(from.port).toBe(leg.local.port)
    expect(answer.toString()).toContain(`rport=${socket.address().port};`)
    expect(answer.toString()).toContain(';received=127.0.0.1')
  })

  test('T054 ignores keep-alives, T042 counts garbage and goes on', async () => {
    const leg = await listening()
    const drops: string[] = []
    const errors: Error[] = []
    leg.on('drop', (reason) => drops.push(reason))
    leg.on('error', (error) => errors.push(error))
    const socket = await plainSocket()
    const arrived = next(leg, 'message')
    for (const text of ['', '\r\n\r\n', '\0', '\r\n', 'garbage', '\u0000\u0001\u0002', 'SIP/2.0 200 OK\r\n\r\n']) {
      socket.send(text, leg.local.port, '127.0.0.1')
    }
    socket.send(optionsFrom('SIP/2.0/UDP 127.0.0.1').toBytes(), leg.local.port, '127.0.0.1')
    await arrived
    expect(drops.toSorted()).toEqual(['garbage', 'garbage', 'no-via'])
    expect(errors).toEqual([])
  })

  test('hands up what is malformed and can be answered', async () => {
    const leg = await listening()
    const socket = await plainSocket()
    const malformed = next(leg, 'malformed')
    const bad = String(optionsFrom('SIP/2.0/UDP 127.0.0.1;rport')).replace(/Content-Length: 0/i, 'Content-Length: 999')
    socket.send(bad, leg.local.port, '127.0.0.1')
    const [error] = await malformed
    expect(error.status).toBe(400)
    expect(error.request?.via?.rport).toBe(socket.address().port)
  })

  test('T041 T042 tells the sender of an error, and stays alive when nobody listens', async () => {
    const leg = await listening()
    const bytes = optionsFrom('SIP/2.0/UDP 127.0.0.1').toBytes()
    const socket = await plainSocket()
    const { port } = socket.address()
    await open.pop()?.close()
    for (let k = 0; k < 5; k++) leg.send(bytes, targetAt('udp', '127.0.0.1', port))
    // Broadcast is not allowed on this socket: the system says so at once.
    const error = await failureOf(leg, bytes, targetAt('udp', '255.255.255.255'))
    expect(error.code).toBe('ERR_SIP_REFUSED')
    // What was taken for one address says nothing of another, and what was refused is asked about again.
    const here = next(leg, 'message')
    leg.send(bytes, targetAt('udp', '127.0.0.1', leg.local.port), { onSendError: () => expect.unreachable() })
    await here
    const again = await failureOf(leg, bytes, targetAt('udp', '255.255.255.255'))
    expect(again.code).toBe('ERR_SIP_REFUSED')
    const arrived = next(leg, 'message')
    leg.send(bytes, targetAt('udp', '127.0.0.1', leg.local.port))
    await arrived
  })

  test('T041 sends nothing more while too much waits for the network, says so, and goes on when there is room', async () => {
    const leg = await listening({ maxQueuedBytes: 1000 })
    const drops: string[] = []
    leg.on('drop', (reason) => drops.push(reason))
    const bytes = optionsFrom('SIP/2.0/UDP 127.0.0.1').toBytes()
    const target = targetAt('udp', '127.0.0.1', leg.local.port)
    const queue = vi.spyOn(Socket.prototype, 'getSendQueueSize').mockReturnValue(1001)
    expect(await failureOf(leg, bytes, target)).toMatchObject({ code: 'ERR_SIP_OVERLOAD' })
    leg.send(bytes, target)
    expect(drops).toEqual(['send-queue', 'send-queue'])
    queue.mockReturnValue(1000)
    const arrived = next(leg, 'message')
    leg.send(bytes, target)
    await arrived
    queue.mockRestore()
  })

  test('T041 asks of a datagram what the system says of it, unless it has just taken one as long for the same place', async () => {
    const clock = new VirtualClock()
    const leg = await listening({ clock, maxQueuedBytes: 1000 })
    const bytes = optionsFrom('SIP/2.0/UDP 127.0.0.1').toBytes()
    const target = targetAt('udp', '127.0.0.1', leg.local.port)
    const taken = next(leg, 'message')
    leg.send(bytes, target)
    await taken
    const queue = vi.spyOn(Socket.prototype, 'getSendQueueSize').mockReturnValue(1001)
    const again = next(leg, 'message')
    leg.send(bytes, target, { onSendError: () => expect.unreachable() })
    await again
    const full = { code: 'ERR_SIP_OVERLOAD' }
    expect(await failureOf(leg, new Uint8Array(bytes.length + 1), target)).toMatchObject(full)
    expect(await failureOf(leg, bytes, targetAt('udp', '127.0.0.1', leg.local.port - 1))).toMatchObject(full)
    clock.advance(1)
    expect(await failureOf(leg, bytes, target)).toMatchObject(full)
    queue.mockRestore()
  })

  test('T019 tells peers apart that share an address, or a port', async () => {
    const leg = await listening({ host: process.platform === 'linux' ? '0.0.0.0' : '127.0.0.1' })
    const one = await plainSocket()
    const { port } = one.address()
    const sockets = [one, await plainSocket(), one]
    // Elsewhere no more than one address leads back to the machine.
    if (process.platform === 'linux') {
      const other = createSocket('udp4')
      open.push({ close: () => other.close() })
      other.bind(port, '127.0.0.2')
      await once(other, 'listening')
      sockets.push(other, one)
    }
    for (const socket of sockets) {
      const heard = next(leg, 'message')
      socket.send(optionsFrom('SIP/2.0/UDP 10.1.2.3:5060;rport').toBytes(), leg.local.port, '127.0.0.1')
      const [message, source] = await heard
      const from = socket.address()
      expect([source.addr, source.port]).toEqual([from.address, from.port])
      const response = (message as SipRequest).createResponse(200)
      expect(responseTarget(response, source)).toMatchObject({ addr: from.address, port: from.port })
    }
  })

  test.skipIf(major < 23)('several may share a port, each peer keeping to one of them', async () => {
    const first = await listening({ reusePort: true })
    const second = await listening({ reusePort: true, port: first.local.port })
    const heard: Leg[] = []
    const enough = new Promise<void>((resolve) => {
      for (const leg of [first, second]) leg.on('message', () => heard.push(leg) === 5 && resolve())
    })
    const socket = await plainSocket()
    for (let k = 0; k < 5; k++) {
      socket.send(optionsFrom('SIP/2.0/UDP 127.0.0.1').toBytes(), first.local.port, '127.0.0.1')
    }
    await enough
    expect(new Set(heard).size).toBe(1)
  })

  test('T009 T025 on :: serves IPv4 too, under its plain address', async () => {
    const both = await listening({ host: '::' })
    const v4 = await listening()
    const arrived = next(both, 'message')
    v4.send(optionsFrom('SIP/2.0/UDP x.example').toBytes(), targetAt('udp', '127.0.0.1', both.local.port))
    const [message, source] = await arrived
    expect([source.addr, source.family, message.via?.received]).toEqual(['127.0.0.1', 'IPv4', '127.0.0.1'])
    const target = targetAt('udp', source.addr, source.port)
    expect(both.canDeliverTo(target)).toBe(true)
    expect(both.via('z9hG4bK1', target).host).toBe('127.0.0.1')
    const back = next(v4, 'message')
    both.send(optionsFrom('SIP/2.0/UDP x.example').toBytes(), target)
    await back
  })

  test('keeps the public address that a response shows, once somebody says that it was asked for', async () => {
    const leg = await listening()
    const socket = await plainSocket()
    expect(leg.learned).toBeUndefined()
    const request = optionsFrom('SIP/2.0/UDP 10.0.0.1;received=203.0.113.5;rport=40001')
    const answered = next(leg, 'message')
    socket.send(request.createResponse(200).toBytes(), leg.local.port, '127.0.0.1')
    const [response] = await answered
    expect(leg.learned).toBeUndefined()
    leg.learn(response.via as Via)
    expect(leg.learned).toEqual({ host: '203.0.113.5', port: 40_001 })
  })

  test('T053c a peer that sees us elsewhere than before fails the flow', async () => {
    const clock = new VirtualClock()
    const leg = await listening({ clock })
    const nat = await plainSocket()
    let port = 40_000
    nat.on('message', (bytes, from) => {
      const question = parseStun(bytes) as StunMessage
      nat.send(stunAnswer(bytes, question, '203.0.113.1', port), from.port, from.address)
    })
    const failed = new Promise<SipError>((resolve) => {
      leg.keepAlive(targetAt('udp', '127.0.0.1', nat.address().port), { onFailed: resolve })
    })
    await expect.poll(() => leg.learned).toEqual({ host: '203.0.113.1', port: 40_000 })
    port++
    clock.advance(29_000)
    expect((await failed).message).toContain('sees us at 203.0.113.1:40001 now, and at 203.0.113.1:40000 before')
    expect(leg.learned?.port).toBe(40_001)
    expect(clock.pending).toBe(0)
  })

  test('T017 asks a group of hosts, and is answered by each of them', async () => {
    const group = '224.0.1.75'
    const multicast = { groups: [group], interface: '127.0.0.1' }
    const near = await listening({ host: '127.0.0.1', multicast: { interface: '127.0.0.1' } })
    const far = await listening({ host: '0.0.0.0', multicast })
    const target = targetAt('udp', group, far.local.port)
    const request = optionsFrom('SIP/2.0/UDP x')
    request.via = near.via('z9hG4bKgroup', target)
    expect(request.via.toString()).toContain(`;maddr=${group};ttl=1`)
    const [asked, answered] = [next(far, 'message'), next(near, 'message')]
    near.send(request.toBytes(), target)
    const [message, source] = await asked
    far.send((message as SipRequest).createResponse(200).toBytes(), targetOf(source))
    const [answer] = await answered
    expect(answer.via && near.isOwnSentBy(answer.via)).toBe(true)
    expect(near.via('z9hG4bK1', targetAt('udp', '127.0.0.1', 5060)).params.has('maddr')).toBe(false)

    const deaf = listenUdp({ host: '127.0.0.1', port: 0, multicast })
    await expect(deaf).rejects.toMatchObject({ code: 'ERR_SIP_ARGUMENT' })
    const nowhere = { groups: [group], interface: '192.0.2.1' }
    await expect(listenUdp({ port: 0, multicast: nowhere })).rejects.toMatchObject({ code: 'ERR_SIP_LISTEN' })
  })

  test('T056 answers STUN, and hands none of it to the parser', async () => {
    const leg = await listening()
    const drops: string[] = []
    leg.on('drop', (reason) => drops.push(reason))
    const socket = await plainSocket()
    const request = stunRequest(new Uint8Array(12).fill(7))
    socket.send(request, leg.local.port, '127.0.0.1')
    const [answer] = (await once(socket, 'message')) as [Buffer]
    expect(parseStun(answer)).toMatchObject({
      kind: 'success',
      mapped: { host: '127.0.0.1', port: socket.address().port },
    })
    const dropped = next(leg, 'drop')
    socket.send(answer, leg.local.port, '127.0.0.1')
    await dropped
    expect(drops).toEqual(['stray-stun'])
  })
})
