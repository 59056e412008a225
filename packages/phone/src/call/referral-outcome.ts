import { type Clock, SipError } from '@netsip/runtime'
import type { Referral } from './dialog-requests.ts'
import type { Waiting } from '../settle.ts'

/** How long the peer may take for a transfer, ms: longer than phones ring, and than the 180 s that reports are asked for. */
const longestReferral = 200_000

/** Waits for what the peer says of the call it was asked to make, but not for ever. */
export async function referralOutcome({ done, giveUp }: Referral, clock: Clock, pending: Waiting): Promise<void> {
  const timer = clock.setTimer(longestReferral, () =>
    giveUp(new SipError('ERR_SIP_TIMEOUT', 'the peer did not say how it went')),
  )
  try {
    await pending.until(done)
  } finally {
    timer.cancel()
  }
}
