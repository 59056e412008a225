import type { Context } from '../context/context.ts'
import { rawRequest } from './messages.ts'
import { HOSTS, Party, RawPeer, World } from './pair.ts'

/** Bob, in a call with Carol that nobody else may touch, and a peer without a stack who sends him what it likes. */
export interface UnderFire {
  readonly world: World
  readonly bob: Party
  readonly carol: Party
  readonly raw: RawPeer
  /** Carol's end of the call that must survive. */
  readonly call: Context
}

export async function underFire(options: ConstructorParameters<typeof Party>[2] = {}): Promise<UnderFire> {
  const world = new World()
  const bob = new Party(world, 'bob', options).answers('v=0\r\n')
  const carol = new Party(world, 'carol').answers('v=0\r\n')
  const call = carol.endpoint.invite(carol.to(bob), undefined, 'v=0\r\n')
  await world.pass(100)
  return { world, bob, carol, raw: new RawPeer(world, 'alice'), call }
}

/** What is left of an endpoint when all it has to do is done. Nothing should be. */
interface Remains {
  /** What the call with Carol still can. */
  readonly call: string
  /** Whether `close` was done with hanging up. */
  readonly closed: boolean
  readonly contexts: number
  readonly dialogs: number
  readonly pendingAcks: number
  readonly transactions: number
  readonly timers: number
}

export const NOTHING: Remains = {
  call: 'confirmed, 200 to its re-INVITE, closed by its BYE',
  closed: true,
  contexts: 0,
  dialogs: 0,
  pendingAcks: 0,
  transactions: 0,
  timers: 0,
}

/** Uses the call with Carol and ends it, ends whatever Bob still has, lets all timers run out and counts. */
export async function aftermath({ world, bob, carol, raw, call }: UnderFire): Promise<Remains> {
  const before = call.state
  carol.endpoint.invite(call, undefined, 'v=0\r\n')
  const again = call.outcome.then(
    ({ status }) => `${status}`,
    (error: unknown) => String(error),
  )
  await world.pass(10_000)
  const status = await Promise.race([again, Promise.resolve('nothing')])
  void call.hangUp()
  raw.leg.on('message', (message) => {
    if (message.type === 'request' && message.method !== 'ACK') raw.send(message.createResponse(200), 'bob')
  })
  let closed = false
  void bob.endpoint.close().then(() => (closed = true))
  await world.pass(700_000)
  const { contexts, dialogs, pendingAcks } = bob.endpoint.stats()
  return {
    closed,
    call: `${before}, ${status} to its re-INVITE, ${call.state} by its BYE`,
    contexts,
    dialogs,
    pendingAcks,
    transactions: bob.dispatcher.stats().transactions.total,
    timers: world.clock.pending,
  }
}

/** The raw peer calls Bob, who answers at once; the tag he answered with. */
export async function rawCall({ world, bob, raw }: UnderFire, callId: string): Promise<string> {
  raw.send(rawRequest(raw, 'INVITE', bob.uri, { callId, seq: 10 }), 'bob')
  await world.pass(50)
  const toTag = raw.responses().findLast((one) => one.callId === callId)?.to.tag ?? ''
  raw.send(rawRequest(raw, 'ACK', bob.uri, { callId, seq: 10, toTag }), 'bob')
  await world.pass(50)
  raw.got.length = 0
  return toTag
}

/** Sends bytes as they are. */
export function sendText(raw: RawPeer, text: string): void {
  const target = { protocol: 'udp', addr: HOSTS.bob, port: 5060, family: 'IPv4' } as const
  raw.leg.send(new TextEncoder().encode(text), target)
}
