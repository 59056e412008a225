import { Dispatcher } from '@netsip/dispatcher'
import { type Context, Endpoint, type EndpointOptions } from '@netsip/endpoint'
import type { SipRequest } from '@netsip/message'
import type { Clock } from '@netsip/runtime'
import type { Leg, Source } from '@netsip/transport'
import { listenUdp } from '@netsip/transport/node'

/** Writes a session description with one PCMU stream, as an offer or an answer; nothing listens to it. */
export function description(version = 1, direction = 'sendrecv'): string {
  return [
    'v=0',
    `o=- 1 ${version} IN IP4 127.0.0.1`,
    's=-',
    'c=IN IP4 127.0.0.1',
    't=0 0',
    'm=audio 9 RTP/AVP 0',
    'a=rtpmap:0 PCMU/8000',
    `a=${direction}`,
    '',
  ].join('\r\n')
}

/** What goes with a description. */
export const sdp: Readonly<Record<string, string>> = { 'Content-Type': 'application/sdp' }

/** An endpoint of netsip on a UDP port of its own, steered by the test. */
export class Agent implements AsyncDisposable {
  readonly endpoint: Endpoint
  readonly #dispatcher: Dispatcher
  readonly #leg: Leg

  private constructor(leg: Leg, clock: Clock | undefined, options: EndpointOptions) {
    this.#leg = leg
    this.#dispatcher = new Dispatcher({ legs: [leg], ...(clock && { clock }) })
    this.endpoint = new Endpoint(this.#dispatcher, options)
  }

  static async start({ clock, ...options }: EndpointOptions = {}): Promise<Agent> {
    return new Agent(await listenUdp({ host: '127.0.0.1', port: 0 }), clock, options)
  }

  get port(): number {
    return this.#leg.local.port
  }

  /** Calls `sip:service@127.0.0.1:port`, with an offer unless told not to. */
  call(port: number, offer: string | undefined = description()): Context {
    const ctx = { from: 'sip:netsip@127.0.0.1', to: `sip:service@127.0.0.1:${port}` }
    return this.endpoint.invite(ctx, undefined, offer, offer === undefined ? {} : { ...sdp })
  }

  /** Sends a request in a call and waits for what becomes of it. */
  async ask(method: string, ctx: Context, body?: string): Promise<void> {
    this.endpoint.newRequest(method, ctx, undefined, body, body === undefined ? {} : { ...sdp })
    await ctx.outcome
  }

  /** Answers requests: `handle` says with what, and gets a function to say it. */
  serve(handle: (request: SipRequest, respond: (status: number, body?: string) => void, ctx: Context) => void): void {
    this.endpoint.setApplication((_: Endpoint, ctx: Context, request: SipRequest, leg: Leg, from: Source) => {
      const respond = (status: number, body?: string): void => {
        const response = request.createResponse(status, body === undefined ? {} : { headers: { ...sdp }, body })
        this.endpoint.newResponse(ctx, response, leg, from)
      }
      handle(request, respond, ctx)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.endpoint.close({ graceful: false })
    await this.#dispatcher.close({ closeLegs: true })
  }
}
