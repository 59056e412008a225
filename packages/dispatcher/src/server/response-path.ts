import type { SipResponse } from '@netsip/message'
import { SipError } from '@netsip/runtime'
import { responseTarget, sameHost, stripBrackets, type Leg, type Resolver, type Target } from '@netsip/transport'
import type { Stats } from '../stats.ts'
import { parseOwn } from '../kept/own-message.ts'

/** What it takes to look for another way. */
interface Lookup {
  readonly resolver: Resolver
  readonly stats: Stats
  readonly closed: boolean
}

/**
 * Sends a response whose way back is closed or has to be looked up: to the address of the peer at its sent-by port, then to
 * what its sent-by resolves to (RFC 3261 18.2.2, RFC 3263 5). `failed` is called when none of them works.
 *
 * @param tried where it could not be sent, if that was known
 */
export function sendByBackup(
  core: Lookup,
  bytes: Uint8Array,
  leg: Leg,
  tried: Target | undefined,
  failed: (error: SipError) => void,
): void {
  const targets = new Map<string, Target>()
  const add = (found: readonly Target[]): void => {
    for (const target of found) {
      // A link-local address is reached over the link that the request came by: no Via says which, as a zone is of this host only.
      const addr = tried && sameHost(target.addr, tried.addr) ? tried.addr : target.addr
      targets.set(`${addr} ${target.port}`, { ...target, addr })
    }
  }
  const sendNext = (error?: SipError): void => {
    if (core.closed) return
    const [first] = targets
    if (!first) return failed(error ?? new SipError('ERR_SIP_REFUSED', 'there is no way back for the response'))
    targets.delete(first[0])
    leg.send(bytes, first[1], { onSendError })
  }
  const onSendError = (error: SipError): void => {
    core.stats.transportErrors++
    sendNext(error)
  }
  try {
    // From the bytes, as no transaction keeps its response: this is needed once in a long while.
    const response = parseOwn(bytes) as SipResponse
    add(directWay(response))
    const found = resolveSentBy(core.resolver, response, leg)
    if (!Array.isArray(found)) return void found.then(add, () => {}).then(() => sendNext())
    add(found)
  } catch {
    // What cannot be resolved leaves the address of the peer, if that.
  }
  sendNext()
}

function directWay(response: SipResponse): Target[] {
  try {
    const target = responseTarget(response)
    return 'addr' in target ? [target] : []
  } catch {
    return []
  }
}

function resolveSentBy(resolver: Resolver, { via }: SipResponse, leg: Leg): Target[] | Promise<Target[]> {
  if (!via) return []
  const { protocol, secure } = leg
  const port = via.port === undefined ? {} : { port: via.port }
  return resolver.resolve({ host: stripBrackets(via.host), ...port, transport: protocol, secure }, [protocol])
}
