import type { PayloadFormat } from './description.ts'

/** `telephone-event` with the clock of the codec it goes with (RFC 4733 2.1, RFC 3264 as clarified by RFC 6337). */
export function isTelephoneEvent(format: PayloadFormat, clockRate: number): boolean {
  return format.name.toLowerCase() === 'telephone-event' && format.clockRate === clockRate
}

/** The event codes of an fmtp such as `0-11,16`; without any it is 0-15 (RFC 4733 2.4.1). */
export function eventsOf(fmtp: string | undefined): ReadonlySet<number> {
  const events = new Set<number>()
  for (const [, first, last = first] of (fmtp ?? '0-15').matchAll(/(?:^|[\s,])(\d{1,3})(?:-(\d{1,3}))?(?=$|[\s,;])/g)) {
    for (let event = Number(first); event <= Math.min(255, Number(last)); event++) events.add(event)
  }
  return events
}
