import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import { Access } from './access.ts'
import type { PageFile } from './page-files.ts'

export interface WebServerOptions {
  files: ReadonlyMap<string, PageFile>
  /** 0 takes any free port. */
  port: number
  /** A page was let in. */
  onSocket: (socket: WebSocket) => void
  /** The address was opened again after its token was used: here is a new one. */
  onNewAddress: (url: string) => void
}

/** The page's server: on 127.0.0.1 alone, whatever the machine's other interfaces are. */
export interface WebServer {
  /** The address to open, with its one-time token. */
  readonly url: string
  readonly port: number
  close(): Promise<void>
}

const maxSockets = 8
const maxPayload = 4096
const newAddressEveryMs = 2000

function headers(port: number, html: boolean): Record<string, string> {
  const sockets = `ws://127.0.0.1:${port} ws://localhost:${port}`
  return {
    'Content-Security-Policy':
      `default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data:; ` +
      `connect-src 'self' ${sockets}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': 'microphone=(self), camera=(), geolocation=()',
    // The other files carry a hash of what is in them in their names.
    'Cache-Control': html ? 'no-store' : 'private, max-age=31536000, immutable',
  }
}

function send(response: ServerResponse, port: number, status: number, text: string): void {
  response.writeHead(status, { ...headers(port, true), 'Content-Type': 'text/plain; charset=utf-8' }).end(`${text}\n`)
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: '127.0.0.1', port }, () => {
      server.off('error', reject)
      resolve((server.address() as AddressInfo).port)
    })
  })
}

/** Starts the server. Rejects with the system's error when the port is taken. */
export async function startWebServer(options: WebServerOptions): Promise<WebServer> {
  const server = createServer({ maxHeaderSize: 8192, headersTimeout: 10_000, requestTimeout: 10_000 })
  server.maxConnections = 64
  return new PageServer(server, await listen(server, options.port), options)
}

class PageServer implements WebServer {
  readonly port: number
  readonly #server: Server
  readonly #options: WebServerOptions
  readonly #access: Access
  readonly #origin: string
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload, perMessageDeflate: false })
  #lastOffer = 0

  constructor(server: Server, port: number, options: WebServerOptions) {
    this.port = port
    this.#server = server
    this.#options = options
    this.#access = new Access(port)
    this.#origin = `http://127.0.0.1:${port}`
    server.on('request', (request, response) => this.#serve(request, response))
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
  }

  get url(): string {
    return `${this.#origin}/?token=${this.#access.token}`
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate()
    const closed = new Promise<void>((resolve) => void this.#server.close(() => resolve()))
    this.#server.closeAllConnections()
    await closed
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const refuse = (status: number, text: string): void => send(response, this.port, status, text)
    if (!this.#access.hostAllowed(request)) return refuse(421, 'Not this host.')
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(405, 'GET only.')
    // A path such as `//` is no relative URL: any page in the browser may ask for it.
    if (!URL.canParse(request.url ?? '/', this.#origin)) return refuse(400, 'Not an address.')
    const url = new URL(request.url ?? '/', this.#origin)
    const token = url.searchParams.get('token')
    if (url.pathname === '/' && token !== null) return this.#enter(request, response, token)
    if (!this.#access.knows(request)) return refuse(403, 'Open the address that the terminal shows.')
    this.#sendFile(request, response, url.pathname === '/' ? '/index.html' : url.pathname)
  }

  /** Lets a browser in by the token of the address; a browser that is in already may open the address again. */
  #enter(request: IncomingMessage, response: ServerResponse, token: string): void {
    const session = this.#access.redeem(token)
    if (!session && !this.#access.knows(request)) {
      send(response, this.port, 403, 'This address was used already. A new one is on the terminal.')
      return this.#offerNewAddress()
    }
    const cookie = `${this.#access.cookieName}=${session}; HttpOnly; SameSite=Strict; Path=/`
    const fields = { ...headers(this.port, true), Location: '/', ...(session && { 'Set-Cookie': cookie }) }
    response.writeHead(303, fields).end()
  }

  #offerNewAddress(): void {
    if (Date.now() - this.#lastOffer < newAddressEveryMs) return
    this.#lastOffer = Date.now()
    this.#options.onNewAddress(this.url)
  }

  #sendFile(request: IncomingMessage, response: ServerResponse, path: string): void {
    const file = this.#options.files.get(path)
    if (!file) return send(response, this.port, 404, 'Not found.')
    const shared = headers(this.port, path.endsWith('.html'))
    response.writeHead(200, { ...shared, 'Content-Type': file.type, 'Content-Length': String(file.body.length) })
    response.end(request.method === 'HEAD' ? undefined : file.body)
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy())
    const refuse = (line: string): void =>
      void socket.end(`HTTP/1.1 ${line}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
    if (request.url !== '/phone') return refuse('404 Not Found')
    if (!this.#access.originAllowed(request) || !this.#access.knows(request)) return refuse('403 Forbidden')
    if (this.#sockets.clients.size >= maxSockets) return refuse('503 Service Unavailable')
    this.#sockets.handleUpgrade(request, socket, head, this.#options.onSocket)
  }
}
