import { randomBytes } from 'node:crypto'
import { openNear } from '../ports.ts'
import type { Phone } from '@netsip/phone'
import { Hub } from './hub.ts'
import { startWebServer, type WebServer } from './http-server.ts'
import { builtPage } from './page-build.ts'
import { readPage } from './page-files.ts'
import type { Line } from './protocol.ts'

export interface WebPhoneOptions {
  phone: Phone
  aor: string
  lines: readonly Line[]
  /** A registration is on its way. */
  registering?: boolean
  /** Default: 8460 or the next free one. */
  port?: number
  say: (line: string) => void
}

const usualPort = 8460

/** Serves the page for a phone. */
export async function startWebPhone({
  phone,
  aor,
  lines,
  registering = false,
  port,
  say,
}: WebPhoneOptions): Promise<WebServer> {
  const files = readPage(await builtPage(say))
  const hub = new Hub({ phone, aor, lines, registering })
  const open = (next: number): Promise<WebServer> =>
    startWebServer({
      files,
      port: next,
      onSocket: (socket) => hub.add(socket),
      onNewAddress: (url) => say(`the address was used already; a new one: ${url}`),
    })
  return port === undefined ? openNear(usualPort, open) : open(port)
}

/** A password nobody needs to know: for accounts that this process makes for itself. */
export function freshPassword(): string {
  return randomBytes(18).toString('base64url')
}
