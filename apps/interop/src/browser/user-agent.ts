// What runs in the page: the endpoint and what it needs, without anything of Node and without a shim.
import { Dispatcher } from '@netsip/dispatcher'
import { Endpoint } from '@netsip/endpoint'
import { connectWs, type Leg } from '@netsip/transport'

/** Who the page is, and where it registers. */
export interface PageAccount {
  readonly url: string
  readonly aor: string
  readonly registrar: string
  readonly user: string
  readonly password: string
}

/** What the test asks of the page. */
export interface PageAgent {
  /** Connects and registers; resolves with the seconds that were granted. */
  register(account: PageAccount): Promise<number>
  /** Answers the next call with this description, hangs up once it is up, and resolves with who called when it is over. */
  answerOne(description: string): Promise<string>
  /** Connects and calls, with this description as the offer; resolves with who hung up. */
  call(what: { url: string; from: string; to: string }, description: string): Promise<string>
  /** Unregisters and closes. */
  close(): Promise<void>
}

let dispatcher: Dispatcher | undefined
let endpoint: Endpoint | undefined

async function connect(url: string): Promise<{ leg: Leg; endpoint: Endpoint }> {
  const leg = await connectWs(url)
  dispatcher = new Dispatcher({ legs: [leg], resolver: leg.resolver })
  endpoint = new Endpoint(dispatcher, { userAgent: 'netsip in a page' })
  return { leg, endpoint }
}

const agent: PageAgent = {
  async register({ url, aor, registrar, user, password }) {
    const { leg, endpoint } = await connect(url)
    const contact = leg.contact(user, false)
    const registration = endpoint.keepRegistered({ registrar, from: aor, contact, expires: 60, auth: [user, password] })
    await registration.register()
    return registration.expires ?? 0
  },

  answerOne: (description) =>
    new Promise((resolve) => {
      endpoint?.setApplication((_endpoint, ctx, request, leg, from) => {
        if (request.method !== 'INVITE') return
        ctx.on('established', () => void ctx.hangUp())
        ctx.on('ended', () => resolve(request.from.uri.toString()))
        const headers = { 'Content-Type': 'application/sdp' }
        endpoint?.newResponse(ctx, request.createResponse(200, { headers, body: description }), leg, from)
      })
    }),

  async call({ url, from, to }, description) {
    const { endpoint } = await connect(url)
    const ctx = endpoint.invite({ from, to }, undefined, description, { 'Content-Type': 'application/sdp' })
    return new Promise((resolve) => void ctx.on('ended', (_dialog, { by }) => resolve(by)))
  },

  async close() {
    await endpoint?.close()
    await dispatcher?.close({ closeLegs: true })
  },
}

Object.assign(globalThis, { agent })
