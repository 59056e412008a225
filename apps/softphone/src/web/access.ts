import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

const tokenBytes = 24
const maxSessions = 64

const fresh = (): string => randomBytes(tokenBytes).toString('base64url')

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

/**
 * Who may use the page. The address printed on the terminal carries a token that works once: it is exchanged for a
 * cookie, which the page and its WebSocket then need. Other users of this machine, other pages in the same browser and
 * names that an attacker points at 127.0.0.1 (DNS rebinding) all stay outside.
 */
export class Access {
  readonly #port: number
  readonly #sessions = new Set<string>()
  #token = fresh()

  constructor(port: number) {
    this.#port = port
  }

  /** The token to print; a new one after each use. */
  get token(): string {
    return this.#token
  }

  /** The cookie's name; cookies do not know ports, so the name carries it. */
  get cookieName(): string {
    return `netsip-${this.#port}`
  }

  /** The Host header names this very server. */
  hostAllowed(request: IncomingMessage): boolean {
    const host = request.headers.host?.toLowerCase()
    return host === `127.0.0.1:${this.#port}` || host === `localhost:${this.#port}`
  }

  /** The request comes from our own page, by the Origin header, which a WebSocket handshake always carries. */
  originAllowed(request: IncomingMessage): boolean {
    return (
      this.hostAllowed(request) &&
      request.headers.origin?.toLowerCase() === `http://${request.headers.host?.toLowerCase()}`
    )
  }

  /** Exchanges the token for a session; undefined when it is not the one. */
  redeem(token: string): string | undefined {
    if (!same(token, this.#token)) return undefined
    this.#token = fresh()
    const session = fresh()
    this.#sessions.add(session)
    const [oldest] = this.#sessions
    if (this.#sessions.size > maxSessions && oldest) this.#sessions.delete(oldest)
    return session
  }

  /** The request carries the cookie of a session. */
  knows(request: IncomingMessage): boolean {
    for (const part of (request.headers.cookie ?? '').split(';')) {
      const equals = part.indexOf('=')
      if (
        equals > 0 &&
        part.slice(0, equals).trim() === this.cookieName &&
        this.#sessions.has(part.slice(equals + 1).trim())
      ) {
        return true
      }
    }
    return false
  }
}
