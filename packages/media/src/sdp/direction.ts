import type { Direction } from './description.ts'

/** True when the side that says so sends. */
export function sends(direction: Direction): boolean {
  return direction === 'sendrecv' || direction === 'sendonly'
}

/** True when the side that says so receives. */
export function receives(direction: Direction): boolean {
  return direction === 'sendrecv' || direction === 'recvonly'
}

/** The direction for a side that may send, receive, both or neither. */
export function direction(send: boolean, receive: boolean): Direction {
  if (send) return receive ? 'sendrecv' : 'sendonly'
  return receive ? 'recvonly' : 'inactive'
}

/** The same stream as the other side sees it. */
export function reverse(of: Direction): Direction {
  return direction(receives(of), sends(of))
}

/** What is left of our wish once the other side has said its own (RFC 3264 6.1), as we see it. */
export function agreedDirection(wish: Direction, remote: Direction): Direction {
  return direction(sends(wish) && receives(remote), receives(wish) && sends(remote))
}
