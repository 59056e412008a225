import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { SipRequest } from '@netsip/message'
import { SeededRandom, VirtualClock } from '@netsip/runtime/testing'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { Leg, Target } from '../leg/leg.ts'
import { responseTarget } from '../response-target.ts'
import { targetAt, targetOf } from '../target.ts'
import { failureOf, next, optionsFrom } from '../testing/requests.ts'
import type { WebSocketConstructor, WebSocketLike } from '../ws/web-socket.ts'
import { connectWs as connectAnywhere } from '../ws/ws-client-leg.ts'
import { connectWs } from './connect-ws.ts'
import { certificates, testCa } from './testing/certificates.ts'
import { listenWs, type WsOptions, type WsServerLeg } from './ws-leg.ts'

const open: { close(): unknown }[] = []

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close()
})

async function listening(options: WsOptions = {}): Promise<WsServerLeg> {
  const leg = await listenWs({ host: '127.0.0.1', port: 0, ...options })
  open.push(leg)
  return leg
}

function urlOf(leg: Leg, path = '/'): string {
  return `ws://127.0.0.1:${leg.local.port}${path}`
}

/** A client that speaks frames. */
async function rawClient(leg: Leg, protocols: string[] = ['sip'], options = {}): Promise<WebSocket> {
  const socket = new WebSocket(urlOf(leg), protocols, options)
  socket.on('error', () => {})
  open.push({ close: () => socket.terminate() })
  await once(socket, 'open')
  return socket
}

async function statusOf(leg: Leg, protocols: string[], options = {}, path = '/'): Promise<number | undefined> {
  const socket = new WebSocket(urlOf(leg, path), protocols, options)
  socket.on('error', () => {})
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage]
  socket.terminate()
  return response.statusCode
}

const via = 'SIP/2.0/WS df7jal23ls0d.invalid'

async function plain(leg: Leg): Promise<Socket> {
  const socket = connect({ port: leg.local.port, host: '127.0.0.1' })
  socket.on('error', () => {})
  open.push({ close: () => socket.destroy() })
  await once(socket, 'connect')
  return socket
}

describe('a WebSocket leg, server side', () => {
  test('T080 T080b T081 demands the subprotocol, as a whole word, and returns it', async () => {
    const leg = await listening()
    const socket = await rawClient(leg, ['chat', 'sip'])
    expect(socket.protocol).toBe('sip')
    expect(await statusOf(leg, [])).toBe(400)
    expect(await statusOf(leg, ['sipx', 'xsip'])).toBe(400)
  })

  test('T091b lets in the pages it knows, at its path', async () => {
    const leg = await listening({ origins: ['https://phone.example'], path: '/sip' })
    expect(await statusOf(leg, ['sip'], { origin: 'https://evil.example' }, '/sip')).toBe(403)
    expect(await statusOf(leg, ['sip'], { origin: 'https://phone.example.evil.example' }, '/sip')).toBe(403)
    expect(await statusOf(leg, ['sip'], { origin: 'null' }, '/sip')).toBe(403)
    expect(await statusOf(leg, ['sip'], {}, '/other')).toBe(404)
    expect(await statusOf(leg, ['sip'], {}, '/sip/more')).toBe(404)
    const near = await connectWs(urlOf(leg, '/sip?x=1'), { origin: 'https://phone.example' })
    open.push(near)
    expect(near.server.port).toBe(leg.local.port)
  })

  test('T050 counts what is no handshake, and lets a newcomer in for one that takes too long', async () => {
    const clock = new VirtualClock()
    const leg = await listening({ clock, maxConnections: 2 })
    const drops: string[] = []
    const whose: (number | undefined)[] = []
    leg.on('drop', (reason, source) => {
      drops.push(reason)
      whose.push(source?.port)
    })
    const garbled = await plain(leg)
    const { localPort } = garbled
    garbled.write('OPTIONS sip:bob@example.com SIP/2.0\r\n\r\n')
    expect(String((await once(garbled, 'data'))[0])).toContain('400 Bad Request')
    const silent = await plain(leg)
    const left = once(silent.resume(), 'close')
    await plain(leg)
    expect([drops.splice(0), whose]).toEqual([['ws-handshake'], [localPort]])
    clock.advance(1000)
    const socket = await rawClient(leg)
    await left
    expect([drops, socket.readyState]).toEqual([['ws-handshake'], WebSocket.OPEN])
  })

  test('T046 leaves the other connections their turns while one sends without end, and loses nothing of it', async () => {
    const leg = await listening()
    const heard = { all: 0, inThisTurn: 0, mostInOne: 0 }
    const everything = new Promise<void>((resolve) => {
      leg.on('message', () => {
        if (heard.inThisTurn++ === 0) setImmediate(() => (heard.inThisTurn = 0))
        heard.mostInOne = Math.max(heard.mostInOne, heard.inThisTurn)
        if (++heard.all === 2000) resolve()
      })
    })
    const socket = await rawClient(leg)
    const request = optionsFrom(via).toBytes()
    for (let k = 0; k < 2000; k++) socket.send(request)
    socket.close()
    await everything
    expect(heard.mostInOne).toBeLessThan((3 * 16_384) / request.length)
  })

  test('a path that no client could name is refused', async () => {
    await expect(listenWs({ port: 0, path: 'sip' })).rejects.toMatchObject({
      code: 'ERR_SIP_ARGUMENT',
      message: "listenWs: 'path' begins with a slash: '/sip'",
    })
  })

  test('T091 is no web server', async () => {
    const leg = await listening({ firstByteTimeout: 60_000 })
    const [response] = (await once(get(`http://127.0.0.1:${leg.local.port}/`), 'response')) as [IncomingMessage]
    expect(response.statusCode).toBe(426)
    response.resume()
  })

  test('T082 T082b T082c T083 T086 takes text, binary and fragments, one message each', async () => {
    const leg = await listening()
    const socket = await rawClient(leg)
    const text = String(optionsFrom(via, 'body')).replace(/Content-Length: 4\r\n/i, '')
    const bodies: string[] = []
    const all = new Promise<void>((resolve) => {
      leg.on('message', (message) => {
        bodies.push(message.text)
        if (bodies.length === 4) resolve()
      })
    })
    socket.send(text)
    socket.send(Buffer.from(text))
    socket.send(text.slice(0, 40), { fin: false })
    socket.send(text.slice(40), { fin: true })
    const whole = String(optionsFrom(via, 'one'))
    socket.send(whole + whole)
    await all
    expect(bodies).toEqual(['body', 'body', 'body', 'one'])
  })

  test('T083 sends what is not UTF-8 as binary', async () => {
    const leg = await listening()
    const socket = await rawClient(leg)
    const arrived = next(leg, 'message')
    socket.send(optionsFrom(via).toBytes())
    const [, source] = await arrived
    const request = optionsFrom(via)
    const kinds: boolean[] = []
    const both = new Promise<void>((resolve) => {
      socket.on('message', (_data, binary) => {
        kinds.push(binary)
        if (kinds.length === 2) resolve()
      })
    })
    leg.send(request.toBytes(), targetOf(source))
    request.body = Uint8Array.of(0xff, 0xfe)
    leg.send(request.toBytes(), targetOf(source))
    await both
    expect(kinds).toEqual([false, true])
  })

  test('T086b refuses a message that is shorter than it says, and goes on', async () => {
    const leg = await listening()
    const socket = await rawClient(leg)
    const malformed = next(leg, 'malformed')
    socket.send(String(optionsFrom(via)).replace(/Content-Length: 0/i, 'Content-Length: 9'))
    expect((await malformed)[0].status).toBe(400)
    const arrived = next(leg, 'message')
    socket.send(optionsFrom(via).toBytes())
    expect((await arrived)[1].flow?.open).toBe(true)
  })

  test('T088 takes a response that says nothing of where it was received', async () => {
    const leg = await listening()
    const socket = await rawClient(leg)
    const arrived = next(leg, 'message')
    socket.send(optionsFrom('SIP/2.0/WS server.example').createResponse(200).toBytes())
    expect((await arrived)[0].via?.received).toBeUndefined()
  })

  test('T091c closes on a frame that is not masked', async () => {
    const leg = await listening()
    const socket = await rawClient(leg)
    const closed = next(leg, 'flowClosed')
    const left = once(socket, 'close')
    const { _socket: below } = socket as unknown as { _socket: { write(bytes: Uint8Array): void } }
    below.write(Uint8Array.of(0x81, 4, 13, 10, 13, 10))
    expect((await closed)[1]?.message).toContain('MASK must be set')
    expect((await left)[0]).toBe(1002)
  })

  test.each<[string, WsOptions | undefined, object, RegExp]>([
    ['nobody listens', undefined, { ca: testCa }, /^wss 127\.0\.0\.1:\d+ refused the connection$/],
    ['the issuer is unknown', { tls: certificates.dns }, {}, / certificate.*: to trust .* 'ca'$/],
    ['the server has no certificate', { tls: {} }, {}, / failed: [\w /]+ handshake failure \((ERR_SSL_\w+|EPROTO)\)$/],
    [
      'it is one of another',
      { tls: certificates.wildcard },
      { ca: testCa },
      /^the certificate is one of \*\.example\.com, not of localhost$/,
    ],
    [
      'it is not of the address',
      { tls: certificates.client },
      { ca: testCa },
      /^the certificate is one of client\.example\.com, not of 127\.0\.0\.1$/,
    ],
  ])('says in the words of a TLS leg why a connection failed: %s', async (why, options, trust, words) => {
    const leg = await listening(options ?? { tls: certificates.dns })
    if (!options) await leg.close()
    const host = why.includes('another') ? 'localhost' : '127.0.0.1'
    const failure = connectWs(`wss://${host}:${leg.local.port}`, trust)
    await expect(failure).rejects.toMatchObject({ code: 'ERR_SIP_REFUSED', message: expect.stringMatching(words) })
  })

  test('says that the name of a server is not known', async () => {
    await expect(connectWs('ws://no-such-host.invalid')).rejects.toThrow(
      /^ws no-such-host\.invalid:80 failed: (there is no such name \(ENOTFOUND\)|its name cannot be looked up \(EAI_AGAIN\))$/,
    )
  })

  test('T074 takes a new certificate while it runs', async () => {
    const leg = await listening({ tls: certificates.untrusted })
    const url = `wss://127.0.0.1:${leg.local.port}`
    await expect(connectWs(url, { ca: testCa })).rejects.toMatchObject({ code: 'ERR_SIP_REFUSED' })
    leg.reload(certificates.dns)
    open.push(await connectWs(url, { ca: testCa }))
    expect(() => leg.reload({ cert: 'x', key: 'x' })).toThrow(expect.objectContaining({ code: 'ERR_SIP_ARGUMENT' }))
    const plain = await listening()
    expect(() => plain.reload(certificates.dns)).toThrow(expect.objectContaining({ code: 'ERR_SIP_STATE' }))
  })

  test('T059 serves several domains on one port, each with its certificate', async () => {
    const leg = await listening({
      tls: { ...certificates.dns, hosts: { 'renewed.example.com': certificates.renewed } },
    })
    const shown = async (servername: string): Promise<string | undefined> => {
      const socket = connectTls({ host: '127.0.0.1', port: leg.local.port, servername, ca: testCa })
      open.push({ close: () => socket.destroy() })
      await once(socket, 'secureConnect')
      return socket.getPeerCertificate().subjectaltname
    }
    expect(await shown('renewed.example.com')).toContain('renewed.example.com')
    expect(await shown('example.com')).toContain('DNS:example.com')
  })

  test('T090 answers CRLF and WebSocket pings', async () => {
    const leg = await listening()
    const socket = await rawClient(leg)
    const pong = once(socket, 'message')
    socket.send('\r\n\r\n')
    expect(String((await pong)[0])).toBe('\r\n')
    const controlPong = once(socket, 'pong')
    socket.ping('x')
    expect(String((await controlPong)[0])).toBe('x')
  })

  test('T087 T087b T089 answers a client that is nowhere on its connection, and never dials it', async () => {
    const leg = await listening()
    const socket = await rawClient(leg)
    const arrived = next(leg, 'message')
    socket.send(optionsFrom(via).toBytes())
    const [message, source] = await arrived
    const response = (message as SipRequest).createResponse(200)
    const target = responseTarget(response, source) as Target
    const answered = once(socket, 'message')
    leg.send(response.toBytes(), target)
    expect(String((await answered)[0])).toContain('SIP/2.0 200 OK')
    const closed = next(leg, 'flowClosed')
    socket.close()
    await closed
    expect((await failureOf(leg, response.toBytes(), responseTarget(response, source) as Target)).code).toBe(
      'ERR_SIP_REFUSED',
    )
    expect(leg.canDeliverTo(targetAt('ws', '127.0.0.1', 9))).toBe(false)
    expect((await failureOf(leg, response.toBytes(), targetAt('ws', '127.0.0.1', 9))).message).toContain(
      'connect to us',
    )
  })

  test('T091b ends a connection whose message is too long, and bounds silent ones', async () => {
    const clock = new VirtualClock()
    const leg = await listening({ clock, parse: { maxMessage: 5000 }, maxConnectionsPerSource: 2 })
    const socket = await rawClient(leg)
    socket.send('x'.repeat(6000))
    expect((await once(socket, 'close'))[0]).toBe(1009)
    const silent = await rawClient(leg)
    const gone = once(silent, 'close')
    const dropped = next(leg, 'drop')
    clock.advance(30_000)
    expect((await dropped)[0]).toBe('silent-connection')
    await gone
    await rawClient(leg)
    await rawClient(leg)
    const over = next(leg, 'drop')
    const third = new WebSocket(urlOf(leg), ['sip'])
    const closed = once(third, 'close')
    expect((await over)[0]).toBe('too-many-connections-of-source')
    await closed
  })
})

/** As in a browser: no callbacks, and no way to end but to close. */
function openLikeABrowser(url: string, protocols: string[]): WebSocketLike {
  const socket = new WebSocket(url, protocols)
  return {
    get protocol() {
      return socket.protocol
    },
    get bufferedAmount() {
      return socket.bufferedAmount
    },
    get binaryType() {
      return socket.binaryType
    },
    set binaryType(type: string) {
      socket.binaryType = type as 'arraybuffer'
    },
    send: (data) => socket.send(data),
    close: (code) => socket.close(code),
    addEventListener: (type: 'message', listener: (event: { data: unknown }) => void) =>
      socket.addEventListener(type, listener),
  } as WebSocketLike
}

const browserWebSocket = openLikeABrowser as unknown as WebSocketConstructor

describe('connectWs', () => {
  test('T026 T085 T087 names itself at random in .invalid, without a port', async () => {
    const far = await listening()
    const near = await connectAnywhere(urlOf(far), { WebSocket: browserWebSocket, random: new SeededRandom(1) })
    open.push(near)
    const own = near.via('z9hG4bK1')
    expect(own.toString()).toMatch(/^SIP\/2\.0\/WS [0-9a-f]{12}\.invalid;branch=z9hG4bK1$/)
    expect(near.isOwnSentBy(own)).toBe(true)
    expect(near.contact('alice').toString()).toMatch(/^sip:alice@[0-9a-f]{12}\.invalid;transport=ws$/)
    const arrived = next(far, 'message')
    near.send(optionsFrom(own.toString().replace(/;.*/, '')).toBytes(), targetAt('ws', '192.0.2.1'))
    expect((await arrived)[0].via?.received).toBe('127.0.0.1')
    expect(near.resolver.resolve({ host: 'example.com', secure: false }, ['ws'])).toEqual([near.server])
  })

  test('T071b takes nothing for a sips URI to a server without TLS', async () => {
    const far = await listening()
    const near = await connectAnywhere(urlOf(far), { WebSocket: browserWebSocket })
    open.push(near)
    expect(() => near.resolver.resolve({ host: 'example.com', secure: true }, ['ws'])).toThrow(
      expect.objectContaining({ code: 'ERR_SIP_UNRESOLVED' }),
    )
  })

  test('T080c closes when the server does not speak SIP', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => false })
    open.push(server)
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    await expect(connectAnywhere(`ws://127.0.0.1:${port}`, { WebSocket: browserWebSocket })).rejects.toMatchObject({
      code: 'ERR_SIP_REFUSED',
    })
  })

  test('says what is wrong with the URL, the server or the place', async () => {
    const far = await listening()
    const url = urlOf(far)
    await far.close()
    await expect(connectWs(url)).rejects.toMatchObject({ code: 'ERR_SIP_REFUSED' })
    await expect(connectWs('http://127.0.0.1')).rejects.toMatchObject({ code: 'ERR_SIP_ARGUMENT' })
    await expect(connectWs(url, { orign: 'https://example.com' } as object)).rejects.toMatchObject({
      code: 'ERR_SIP_ARGUMENT',
    })
    const nothing = { WebSocket: null as unknown as WebSocketConstructor }
    await expect(connectAnywhere(url, nothing)).rejects.toMatchObject({ code: 'ERR_SIP_ARGUMENT' })
  })

  test('T003 opens another connection when the first is lost', async () => {
    const far = await listening()
    const near = await connectWs(urlOf(far))
    open.push(near)
    const first = await near.connect()
    expect(await near.connect()).toBe(first)
    const lost = next(near, 'flowClosed')
    const arrived = next(far, 'message')
    near.send(optionsFrom(via).toBytes(), near.server)
    const [, source] = await arrived
    source.flow?.close()
    await lost
    const second = await near.connect()
    expect([first.open, second.open]).toEqual([false, true])
  })
})
