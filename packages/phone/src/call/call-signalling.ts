import type { AnswerOptions } from './call-types.ts'
import type { DialogRequests } from './dialog-requests.ts'

/** What one side of a call can say to the other: made once for calls we make and once for calls we get. */
export interface CallSignalling {
  /** Says that it rings (180); only for a call that came in. */
  ring(): void
  /** Accepts the call; only for a call that came in. */
  answer(options: AnswerOptions): Promise<void>
  /** Refuses the call with a final status; only for a call that came in. */
  reject(status: number, reason?: string): void
  /** Ends the call in whatever state it is: CANCEL, BYE or a refusal. What becomes of it is told to the call. */
  hangup(): void
  /** What is sent in the dialog of an answered call, the same for both directions. */
  readonly inside: DialogRequests
}
