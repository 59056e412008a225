import { SipParseError } from '@netsip/message'

/** What `read` returns; `undefined` when a header that it reads is garbage. */
export function ifReadable<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof SipParseError) return undefined
    throw error
  }
}
