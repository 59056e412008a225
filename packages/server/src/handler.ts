import type { SipMessage } from '@netsip/message'
import type { Leg, Source } from '@netsip/transport'

/** One role of a server: it looks at a message and either takes it or leaves it to the next one of its {@link Chain}. */
export interface Handler {
  /** The methods this handler takes. Without it the handler is asked about every one, and unknown methods are its business. */
  readonly methods?: readonly string[]
  /** @returns `true` when the message is handled, which ends the chain; `false` to pass it on. */
  handle(packet: SipMessage, leg: Leg, from: Source): boolean | Promise<boolean>
}
