import { createPhone, type Phone } from '@netsip/phone'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { startWebServer, type WebServer } from './http-server.ts'
import { Hub } from './hub.ts'
import type { Command, ServerMessage, Snapshot } from './protocol.ts'

const listen = { host: '127.0.0.1', port: 0 }

/** A page without a browser: it keeps what it is told. */
class Page {
  readonly messages: ServerMessage[] = []
  readonly frames: Buffer[] = []
  readonly socket: WebSocket
  readonly closed: Promise<number>
  readonly #waiting = new Set<() => void>()

  constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data: Buffer, binary) => {
      if (binary) this.frames.push(data)
      else this.messages.push(JSON.parse(data.toString()) as ServerMessage)
      for (const look of this.#waiting) look()
    })
    this.closed = new Promise((resolve) => void socket.on('close', resolve))
  }

  static async open(server: WebServer): Promise<Page> {
    const { headers } = await fetch(server.url, { redirect: 'manual' })
    const Cookie = headers.get('set-cookie')!.split(';')[0]!
    const origin = `http://127.0.0.1:${server.port}`
    const page = new Page(new WebSocket(`ws://127.0.0.1:${server.port}/phone`, { headers: { Cookie }, origin }))
    await page.until(() => page.messages.length > 0)
    return page
  }

  send(command: Command): void {
    this.socket.send(JSON.stringify(command))
  }

  get state(): Snapshot {
    return this.messages.findLast((message) => message.type === 'state')!
  }

  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!holds()) return
        this.#waiting.delete(look)
        resolve()
      }
      this.#waiting.add(look)
      look()
    })
  }
}

describe('a phone with a page', () => {
  let phone: Phone
  let friend: Phone
  let server: WebServer
  let friendUri: string

  beforeEach(async () => {
    phone = await createPhone({ aor: 'sip:me@127.0.0.1', listen })
    friend = await createPhone({ aor: 'sip:friend@127.0.0.1', listen })
    friendUri = `sip:friend@127.0.0.1:${friend.local.port}`
    const hub = new Hub({
      phone,
      aor: 'sip:me@127.0.0.1',
      lines: [{ label: 'Friend', uri: friendUri, hint: 'a friend' }],
    })
    const onSocket = (socket: WebSocket): void => hub.add(socket)
    server = await startWebServer({ files: new Map(), port: 0, onSocket, onNewAddress: () => {} })
  })
  afterEach(async () => {
    await server.close()
    await Promise.all([phone.close(), friend.close()])
  })

  test('dials, hears, speaks, sends and gets digits, hangs up, and logs the call', async () => {
    const digits: string[] = []
    const heard: number[] = []
    friend.on('call', (call) => {
      call.on('dtmf', ({ digit }) => {
        digits.push(digit)
        void call.sendDtmf('9')
      })
      call.record({ direct: true, write: (frame) => void heard.push(frame[80]!) })
      return call.answer()
    })
    const page = await Page.open(server)
    expect(page.state).toMatchObject({ aor: 'sip:me@127.0.0.1', registration: 'none', calls: [], audio: true })
    page.send({ type: 'dial', target: friendUri })
    await page.until(() => page.state.calls[0]?.state === 'answered')
    const [call] = page.state.calls
    expect(call).toMatchObject({ direction: 'out', codec: 'PCMU', focus: true })
    await page.until(() => page.frames.length >= 3)
    expect(page.frames[0]).toHaveLength(320)
    const loud = Buffer.from(new Int16Array(160).fill(8000).buffer)
    const speaking = setInterval(() => page.socket.send(loud), 20)
    await page.until(() => heard.some((sample) => sample > 7000))
    clearInterval(speaking)
    page.send({ type: 'dtmf', call: call!.id, digits: '5' })
    await page.until(() => page.messages.some((message) => message.type === 'dtmf'))
    expect(digits).toEqual(['5'])
    expect(page.messages.find((message) => message.type === 'dtmf')).toEqual({
      type: 'dtmf',
      call: call!.id,
      digit: '9',
    })
    page.send({ type: 'hangup', call: call!.id })
    await page.until(() => page.state.calls.length === 0 && page.state.log.length === 1)
    expect(page.state.log[0]).toMatchObject({ direction: 'out', failed: false })
  })

  test('is called: rings on every page, is answered on one, and the sound can move', async () => {
    const [first, second] = [await Page.open(server), await Page.open(server)]
    const call = await friend.call(`sip:me@127.0.0.1:${phone.local.port}`)
    await first.until(() => first.state.calls[0]?.state === 'ringing')
    await second.until(() => second.state.calls[0]?.direction === 'in')
    second.send({ type: 'audio' })
    second.send({ type: 'answer', call: first.state.calls[0]!.id })
    await call.answered
    await second.until(() => second.frames.length > 0)
    expect(second.state.audio).toBe(true)
    expect(first.state.audio).toBe(false)
    expect(first.frames).toEqual([])
    second.socket.close()
    await first.until(() => first.frames.length > 0)
    expect(first.state.audio).toBe(true)
    await call.hangup()
    await first.until(() => first.state.log.length === 1)
  })

  test('declines, and says why a call of ours failed', async () => {
    const page = await Page.open(server)
    const call = await friend.call(`sip:me@127.0.0.1:${phone.local.port}`)
    await page.until(() => page.state.calls.length === 1)
    page.send({ type: 'reject', call: page.state.calls[0]!.id })
    await expect(call.answered).rejects.toMatchObject({ status: 486 })
    friend.on('call', (incoming) => incoming.reject(603))
    page.send({ type: 'dial', target: friendUri })
    await page.until(() => page.state.log.length === 2)
    expect(page.state.log[0]).toMatchObject({ failed: true, text: expect.stringContaining('603 Decline') as string })
    page.send({ type: 'dial', target: 'not an address' })
    await page.until(() => page.messages.some((message) => message.type === 'notice'))
  })

  test('a call that is taken back has the sound again', async () => {
    friend.on('call', (call) => call.answer())
    const page = await Page.open(server)
    const sounding = (): string[] => page.state.calls.flatMap(({ id, focus }) => (focus ? [id] : []))
    page.send({ type: 'dial', target: friendUri })
    await page.until(() => page.state.calls[0]?.state === 'answered')
    const { id } = page.state.calls[0]!
    page.send({ type: 'hold', call: id })
    await page.until(() => page.state.calls[0]?.held === true)
    page.send({ type: 'dial', target: friendUri })
    await page.until(() => page.state.calls[1]?.state === 'answered')
    expect(sounding()).not.toContain(id)
    page.send({ type: 'resume', call: id })
    await page.until(() => page.state.calls[0]?.held === false && sounding().includes(id))
    expect(sounding()).toEqual([id])
  })

  test('holds, takes back and hands over', async () => {
    const asked: string[] = []
    friend.on('call', (call) => {
      call.on('transfer', (request) => {
        asked.push(String(request.target.uri))
        request.reject(486)
      })
      return call.answer()
    })
    const page = await Page.open(server)
    page.send({ type: 'dial', target: friendUri })
    await page.until(() => page.state.calls[0]?.state === 'answered')
    const { id } = page.state.calls[0]!
    page.send({ type: 'hold', call: id })
    await page.until(() => page.state.calls[0]?.held === true)
    expect(friend.calls[0]?.heldByPeer).toBe(true)
    page.send({ type: 'resume', call: id })
    await page.until(() => page.state.calls[0]?.held === false)
    page.send({ type: 'transfer', call: id, target: 'sip:carol@127.0.0.1:9' })
    await page.until(() => page.messages.some((message) => message.type === 'notice'))
    expect(page.messages.find((message) => message.type === 'notice')).toMatchObject({
      text: 'handing over failed: busy (486 Busy Here)',
    })
    expect(asked).toEqual(['sip:carol@127.0.0.1:9'])
    expect(page.state.calls).toHaveLength(1)
    await friend.calls[0]!.hangup()
    await page.until(() => page.state.log.length === 1)
  })

  test('hands a call over to another one: the two talk, and the page is out of it', async () => {
    const carol = await createPhone({ aor: 'sip:carol@127.0.0.1', listen })
    friend.on('call', (call) => {
      call.on('transfer', (request) => request.accept())
      return call.answer()
    })
    carol.on('call', (call) => call.answer())
    const page = await Page.open(server)
    page.send({ type: 'dial', target: friendUri })
    await page.until(() => page.state.calls[0]?.state === 'answered')
    page.send({ type: 'hold', call: page.state.calls[0]!.id })
    page.send({ type: 'dial', target: `sip:carol@127.0.0.1:${carol.local.port}` })
    await page.until(() => page.state.calls[1]?.state === 'answered')
    const [first, second] = page.state.calls.map(({ id }) => id)
    page.send({ type: 'connect', call: first!, other: second! })
    await page.until(() => page.state.calls.length === 0 && page.state.log.length === 2)
    expect(page.messages.some(({ type }) => type === 'notice')).toBe(false)
    expect(friend.calls).toMatchObject([{ direction: 'out', state: 'answered' }])
    expect(carol.calls.at(-1)?.remote.uri.toString()).toBe('sip:friend@127.0.0.1')
    await carol.close()
  })

  test('is handed over by the other side: the new call is answered at once, and takes the place of the old one', async () => {
    const carol = await createPhone({ aor: 'sip:carol@127.0.0.1', listen })
    const heard: number[] = []
    carol.on('call', (call) => {
      call.on('transfer', (request) => request.accept())
      call.record({ direct: true, write: (frame) => void heard.push(frame[80]!) })
      return call.answer()
    })
    friend.on('call', (call) => call.answer())
    const page = await Page.open(server)
    page.send({ type: 'dial', target: friendUri })
    await page.until(() => page.state.calls[0]?.state === 'answered')
    const [theirs] = friend.calls
    const second = await friend.call(`sip:carol@127.0.0.1:${carol.local.port}`)
    await second.answered
    await second.transfer(theirs!)
    await page.until(() => page.state.calls.length === 1 && page.state.calls[0]?.remote === 'carol@127.0.0.1')
    expect(page.state.calls[0]).toMatchObject({ state: 'answered', direction: 'in', focus: true })
    const notice = page.messages.find(({ type }) => type === 'notice')
    expect(notice).toMatchObject({ text: `friend@127.0.0.1:${friend.local.port} handed you over to carol@127.0.0.1` })
    expect(carol.calls).toMatchObject([{ state: 'answered' }])
    await carol.close()
  })

  test('one call that is handed over does not take the sound from another', async () => {
    const carol = await createPhone({ aor: 'sip:carol@127.0.0.1', listen })
    const dave = await createPhone({ aor: 'sip:dave@127.0.0.1', listen })
    carol.on('call', (call) => {
      call.on('transfer', (request) => request.accept())
      return call.answer()
    })
    for (const one of [friend, dave]) one.on('call', (call) => call.answer())
    const page = await Page.open(server)
    for (const target of [friendUri, `sip:dave@127.0.0.1:${dave.local.port}`]) {
      const before = page.state.calls.length
      page.send({ type: 'dial', target })
      await page.until(() => page.state.calls[before]?.state === 'answered')
    }
    const second = await friend.call(`sip:carol@127.0.0.1:${carol.local.port}`)
    await second.answered
    await second.transfer(friend.calls[0]!)
    await page.until(() => page.state.calls.some(({ remote }) => remote === 'carol@127.0.0.1'))
    await page.until(() => page.state.calls.length === 2)
    expect(page.state.calls.map(({ focus }) => focus)).toEqual([true, false])
    await Promise.all([carol.close(), dave.close()])
  })

  test('the log stands in the order in which the calls began', async () => {
    friend.on('call', (call) => call.answer())
    const page = await Page.open(server)
    page.send({ type: 'dial', target: friendUri })
    await page.until(() => page.state.calls[0]?.state === 'answered')
    expect((await friend.message(`sip:me@127.0.0.1:${phone.local.port}`, 'later')).status).toBe(200)
    page.send({ type: 'hangup', call: page.state.calls[0]!.id })
    await page.until(() => page.state.log.length === 2)
    const times = page.state.log.map(({ time }) => time)
    expect(times).toEqual(times.toSorted((one, other) => other - one))
    expect(page.state.log.map(({ kind }) => kind)).toEqual(['text', 'call'])
  })

  test('a call that is handed over to one that is gone goes on', async () => {
    friend.on('call', (call) => call.answer())
    const page = await Page.open(server)
    page.send({ type: 'dial', target: friendUri })
    await page.until(() => page.state.calls[0]?.state === 'answered')
    page.send({ type: 'connect', call: page.state.calls[0]!.id, other: 'gone' })
    await page.until(() => page.messages.some(({ type }) => type === 'notice'))
    expect(page.messages.find(({ type }) => type === 'notice')).toMatchObject({ text: 'that call is over' })
    expect(page.state.calls).toHaveLength(1)
  })

  test('takes the texts that come, shows them on every page, and to one that is opened later', async () => {
    const page = await Page.open(server)
    const me = `sip:me@127.0.0.1:${phone.local.port}`
    expect((await friend.message(me, 'lunch?\r\n12:30')).status).toBe(200)
    await page.until(() => page.state.log.length === 1)
    const text = { kind: 'text', direction: 'in', remote: 'friend@127.0.0.1', text: 'lunch?\r\n12:30', failed: false }
    expect(page.state.log[0]).toMatchObject(text)
    page.socket.close()
    await page.closed
    expect((await friend.message(me, 'x'.repeat(600))).status).toBe(200)
    const later = await Page.open(server)
    expect(later.state.log).toMatchObject([{ text: `${'x'.repeat(500)} ...` }, text])
  })

  test('without a page nobody rings', async () => {
    const call = await friend.call(`sip:me@127.0.0.1:${phone.local.port}`)
    await expect(call.answered).rejects.toMatchObject({ status: 486 })
  })

  test('sound that a busy browser held back and sends all at once is no reason to close its page', async () => {
    const page = await Page.open(server)
    for (let frame = 0; frame < 400; frame++) page.socket.send(Buffer.alloc(320))
    page.send({ type: 'dial', target: 'not an address' })
    await page.until(() => page.messages.some(({ type }) => type === 'notice'))
    expect(page.socket.readyState).toBe(WebSocket.OPEN)
  })

  test('the log says once that a call failed', async () => {
    const page = await Page.open(server)
    page.send({ type: 'dial', target: 'sip:bob@127.0.0.1:1;transport=tcp' })
    await page.until(() => page.state.log.length > 0)
    expect(page.state.log).toMatchObject([{ text: 'the call failed: 127.0.0.1 asks for tcp, and no leg speaks it' }])
  })

  test.each([
    ['what is no command', (page: Page) => page.socket.send('{"type":"shutdown"}')],
    ['a flood', (page: Page) => Array.from({ length: 200 }, () => page.send({ type: 'audio' }))],
    ['a frame of any size', (page: Page) => page.socket.send(Buffer.alloc(5000))],
  ])('%s closes that page, and no more', async (_, offend) => {
    const [page, other] = [await Page.open(server), await Page.open(server)]
    offend(page)
    expect([1008, 1009]).toContain(await page.closed)
    other.send({ type: 'audio' })
    await other.until(() => other.state.audio)
  })
})
