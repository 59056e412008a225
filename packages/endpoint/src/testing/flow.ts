import type { SipMessage, SipRequest } from '@netsip/message'
import { type HOSTS, Party, World } from './pair.ts'

type Name = keyof typeof HOSTS

/** The people of a call flow, on a network of their own. Everyone takes calls at once and answers offers as RFC 3264 asks. */
export function cast<Names extends Name>(...names: readonly Names[]): { world: World } & Record<Names, Party> {
  const world = new World()
  const parties = names.map((name) => [name, new Party(world, name).answers(answerTo)] as const)
  return { world, ...(Object.fromEntries(parties) as Record<Names, Party>) }
}

/** An offer of one stream. */
export function sdp(direction = 'sendrecv', owner = 'alice'): string {
  return ['v=0', `o=${owner} 1 1 IN IP4 192.0.2.1`, 's=-', 't=0 0', 'm=audio 9 RTP/AVP 0', `a=${direction}`, ''].join(
    '\r\n',
  )
}

/** What the sender of a message wants to do with the stream; undefined without a description. */
export function direction(message: SipMessage): string | undefined {
  return /^a=(sendrecv|sendonly|recvonly|inactive)/m.exec(message.text)?.[1]
}

const MIRRORED: Readonly<Record<string, string>> = { sendonly: 'recvonly', recvonly: 'sendonly', inactive: 'inactive' }

/** The answer to an offer: what one sends the other receives (RFC 3264 6.1). */
export function answerTo(request: SipRequest): string {
  return sdp(MIRRORED[direction(request) ?? 'sendrecv'])
}

/** Every offer and answer that was sent, with who sent it. */
export function directions(world: World): string[] {
  return world.sent.flatMap(({ from, message }) => {
    const said = direction(message)
    return said === undefined ? [] : [`${from} ${said}`]
  })
}
