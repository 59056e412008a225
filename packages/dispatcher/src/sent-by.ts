import type { Via } from '@netsip/message'

/** The sent-by of a Via as it is compared: without regard to case. */
export function sentByOf(via: Via): string {
  return via.sentBy.toLowerCase()
}

/** A copy that does not hold on to the message it was cut from: joining makes one, where there is more than one piece. */
export function flat(text: string): string {
  return text.length < 13 ? text : [text.slice(0, 1), text.slice(1)].join('')
}
