import type { SipResponse } from '@netsip/message'

/** RFC 3261 8.1.3.3: a response to us has our Via alone. To see that it has takes less than to read them all. */
export function hasMoreVias(response: SipResponse): boolean {
  const { headers } = response
  return (headers.count('Via') > 1 || headers.get('Via')?.includes(',') === true) && response.vias.length > 1
}
