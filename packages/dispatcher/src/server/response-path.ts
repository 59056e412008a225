import type { SipResponse } from '@netsip/message'
import { isSipError, SipError } from '@netsip/runtime'
import { responseTarget, type Hop, type Leg, type Resolver, type SendSink, type Target } from '@netsip/transport'
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
 */
export function sendByBackup(core: Lookup, bytes: Uint8Array, leg: Leg, failed: (error: SipError) => void): void {
  let direct: Target | undefined
  const send = (resolved: readonly Target[]): void =>
    new BackupSend(core, bytes, leg, direct ? [direct, ...resolved] : resolved, failed).next()
  try {
    const way = ways(bytes, leg)
    direct = way.direct
    const { hop } = way
    const found = hop ? core.resolver.resolve(hop, [leg.protocol]) : []
    if (Array.isArray(found)) send(found)
    else found.then(send, () => send([]))
  } catch {
    send([])
  }
}

interface Ways {
  readonly direct?: Target
  readonly hop?: Hop
}

/** From the bytes, as no transaction keeps its response: this is needed once in a long while. */
function ways(bytes: Uint8Array, leg: Leg): Ways {
  const response = parseOwn(bytes) as SipResponse
  const top = response.via
  if (!top) return {}
  const port = top.port === undefined ? {} : { port: top.port }
  const hop: Hop = { host: top.host.replace(/^\[|\]$/g, ''), ...port, transport: leg.protocol, secure: leg.secure }
  return { ...directWay(response), hop }
}

function directWay(response: SipResponse): Ways {
  try {
    const target = responseTarget(response)
    return 'addr' in target ? { direct: target } : {}
  } catch {
    return {}
  }
}

class BackupSend implements SendSink {
  readonly #core: Lookup
  readonly #bytes: Uint8Array
  readonly #leg: Leg
  readonly #targets: Target[]
  readonly #failed: (error: SipError) => void

  constructor(
    core: Lookup,
    bytes: Uint8Array,
    leg: Leg,
    targets: readonly Target[],
    failed: (error: SipError) => void,
  ) {
    this.#core = core
    this.#bytes = bytes
    this.#leg = leg
    const distinct = new Map(targets.map((target) => [`${target.addr} ${target.port}`, target]))
    this.#targets = [...distinct.values()]
    this.#failed = failed
  }

  next(): void {
    if (this.#core.closed) return
    const target = this.#targets.shift()
    if (target) this.#leg.send(this.#bytes, target, this)
    else this.#failed(new SipError('ERR_SIP_REFUSED', 'there is no way back for the response'))
  }

  onSendError(error: SipError): void {
    this.#core.stats.transportErrors++
    if (this.#targets.length > 0) this.next()
    else this.#failed(isSipError(error) ? error : new SipError('ERR_SIP_REFUSED', String(error)))
  }
}
