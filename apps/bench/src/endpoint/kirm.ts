import type { KirmRequest, KirmStack } from 'sip'
import type { Protocol } from './measured.ts'
import { freePort } from './free-port.ts'

/** Starts `sip` (npm) on a free port of an address: it must be told its port. */
export async function startSip(
  address: string,
  protocol: Protocol,
  onRequest: (request: KirmRequest) => void,
): Promise<{ stack: KirmStack; port: number }> {
  const { default: stack } = await import('sip')
  const port = await freePort(protocol, address)
  // Its bound on one header section counts all that has come at once: at such a rate that is more than the default.
  const options = { port, address, udp: protocol === 'udp', tcp: protocol === 'tcp', maxBytesHeaders: 2 ** 24 }
  stack.start(options, onRequest)
  return { stack, port }
}
