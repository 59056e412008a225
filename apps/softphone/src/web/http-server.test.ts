import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { startWebServer, type WebServer } from './http-server.ts'

interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

const pathOf = (url: string): string => new URL(url).pathname + new URL(url).search

describe('the server of the page', () => {
  let server: WebServer
  let sockets: WebSocket[]
  let addresses: string[]

  beforeEach(async () => {
    sockets = []
    addresses = []
    server = await startWebServer({
      port: 0,
      files: new Map([
        ['/index.html', { type: 'text/html; charset=utf-8', body: Buffer.from('<p>page') }],
        ['/assets/a.js', { type: 'text/javascript', body: Buffer.from('1') }],
      ]),
      onSocket: (socket) => void sockets.push(socket),
      onNewAddress: (url) => void addresses.push(url),
    })
  })
  afterEach(() => server.close())

  function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const request = httpRequest({ host: '127.0.0.1', port: server.port, path, method, headers }, (response) => {
        let body = ''
        response.on('data', (chunk: Buffer) => {
          body += chunk.toString()
        })
        response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body }))
      })
      request.on('error', reject)
      request.end()
    })
  }

  async function cookie(): Promise<string> {
    const { headers } = await get(pathOf(server.url))
    return headers['set-cookie']![0]!.split(';')[0]!
  }

  function connect(headers: Record<string, string>): Promise<number | 'open'> {
    return new Promise((resolve) => {
      const socket = new WebSocket(`ws://127.0.0.1:${server.port}/phone`, { headers })
      socket.on('open', () => resolve('open'))
      socket.on('unexpected-response', (_, response) => resolve(response.statusCode!))
      socket.on('error', () => {})
    })
  }

  test('the token of the address works once and becomes a cookie that scripts cannot read', async () => {
    const url = pathOf(server.url)
    const first = await get(url)
    expect(first).toMatchObject({ status: 303, headers: { location: '/' } })
    expect(first.headers['set-cookie']![0]).toMatch(/^netsip-\d+=\S{20,}; HttpOnly; SameSite=Strict; Path=\/$/)
    const second = await get(url)
    expect(second.status).toBe(403)
    expect(second.headers['set-cookie']).toBeUndefined()
    expect(addresses).toEqual([server.url])
    expect(pathOf(server.url)).not.toBe(url)
  })

  test('with the cookie the page is there, and may be opened again', async () => {
    const url = pathOf(server.url)
    const Cookie = await cookie()
    expect(await get('/', { Cookie })).toMatchObject({ status: 200, body: '<p>page' })
    expect(await get('/assets/a.js', { Cookie })).toMatchObject({ status: 200, body: '1' })
    expect(await get('/', { Cookie }, 'HEAD')).toMatchObject({ status: 200, body: '' })
    expect((await get(url, { Cookie })).status).toBe(303)
    expect(addresses).toEqual([])
  })

  test('without it nothing is, and what is no file of the page is nowhere', async () => {
    expect((await get('/')).status).toBe(403)
    expect((await get('/', { Cookie: `netsip-${server.port}=guess` })).status).toBe(403)
    const Cookie = await cookie()
    for (const path of ['/../package.json', '/%2e%2e/package.json', '/assets', '/nothing']) {
      expect((await get(path, { Cookie })).status).toBe(404)
    }
    expect((await get('/', { Cookie }, 'POST')).status).toBe(405)
  })

  test('an address that is no URL is refused and the server goes on', async () => {
    for (const path of ['//', '///', '/\\', '//:99999/']) expect((await get(path)).status).toBe(400)
    expect((await get('/')).status).toBe(403)
  })

  test('headers keep the page to itself', async () => {
    const { headers } = await get('/', { Cookie: await cookie() })
    expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'")
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cache-control': 'no-store',
    })
  })

  test('another name for this machine is refused (DNS rebinding)', async () => {
    const Cookie = await cookie()
    expect((await get('/', { Cookie, Host: `evil.example:${server.port}` })).status).toBe(421)
    expect((await get('/', { Cookie, Host: `localhost:${server.port}` })).status).toBe(200)
  })

  test('the WebSocket wants the cookie and the origin of the page', async () => {
    const Cookie = await cookie()
    const Origin = `http://127.0.0.1:${server.port}`
    expect(await connect({ Origin })).toBe(403)
    expect(await connect({ Cookie })).toBe(403)
    expect(await connect({ Cookie, Origin: 'http://evil.example' })).toBe(403)
    expect(await connect({ Cookie, Origin: `http://localhost:${server.port}` })).toBe(403)
    expect(sockets).toHaveLength(0)
    expect(await connect({ Cookie, Origin })).toBe('open')
    expect(sockets).toHaveLength(1)
  })

  test('takes eight pages and not one more', async () => {
    const headers = { Cookie: await cookie(), Origin: `http://127.0.0.1:${server.port}` }
    for (let page = 0; page < 8; page++) expect(await connect(headers)).toBe('open')
    expect(await connect(headers)).toBe(503)
  })
})
