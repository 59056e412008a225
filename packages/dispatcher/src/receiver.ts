import type { SipMessage } from '@netsip/message'
import type { Leg, Source } from '@netsip/transport'

/** Who gets the messages of a dispatcher: the UA core, or a server's chain. */
export interface Receiver {
  /**
   * Takes a request (once, however often it came), or a response that nobody else waits for. What it returns is not looked
   * at, but for this: when it throws or rejects, a request is answered 500 and the dispatcher emits `error`.
   * Answers go through `deliver`, at any time. A request that gets none is let go after 64*T1 twice; an INVITE is kept until it does.
   */
  receive(packet: SipMessage, leg: Leg, from: Source): void | boolean | Promise<void | boolean>
}
