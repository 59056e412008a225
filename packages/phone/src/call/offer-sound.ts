import type { MediaSession } from '@netsip/media'
import type { CallError } from './call-error.ts'
import type { DialogRequests } from './dialog-requests.ts'
import type { Waiting } from '../settle.ts'

/** How often an offer may give way to one of the peer's before it is given up. */
const mostCrossed = 5

/**
 * Offers the sound of a session as we wish it now. An offer that gave way to one of the peer's (491) was sent again, once, as
 * it stood before that one: what answers it tells nothing, and a new one goes out.
 */
export async function offerSound(session: MediaSession, inside: DialogRequests, pending: Waiting): Promise<void> {
  for (let crossed = 0; ; crossed++) {
    try {
      return session.acceptAnswer(await pending.until(inside.reinvite(await session.createOffer())))
    } catch (error) {
      const { code, status } = error as Partial<CallError>
      if (crossed === mostCrossed || (code !== 'ERR_MEDIA_STATE' && status !== 491)) throw error
    }
  }
}
