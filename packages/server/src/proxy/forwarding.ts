import { parseUri, type SipRequest, SipUri, type Uri } from '@netsip/message'
import { checkOptions, type RulesOf, SipError } from '@netsip/runtime'
import type { Rejection } from '../answer.ts'
import { type TargetGroups, targetsAt, type TargetSources } from './targets.ts'

/** Call forwarding: where a call goes that an own user does not take (RFC 3261 16.5 lets a proxy add to the target set). */
export interface ForwardingOptions {
  /**
   * Names the one who is called next, or nobody. Asked once all contacts of a user have refused, or none is registered, with
   * what the caller would get now: 486 busy, 480 not registered, 404 no such user, 408 no answer, or any other status below 600:
   * after a 6xx nobody else may be tried (RFC 3261 16.7 step 5). A user of an own domain is looked up as if called, is not
   * asked for a password, and may forward further; an address elsewhere is called though `relay` does not allow it. `aor` is
   * the canonical address-of-record of who has not taken the call: the one called, or whoever it went on to. Nobody gets a
   * call twice. Asked for a new INVITE only.
   */
  readonly to: (
    aor: string,
    status: number,
    request: SipRequest,
  ) => string | Uri | undefined | Promise<string | Uri | undefined>
  /**
   * How long a call rings before it goes on, ms: to the contacts of a lower `q`, else to whom `to` names for 408; when there
   * is nobody it rings on. Default: as long as timer C lets it.
   */
  readonly noAnswer?: number
  /** Told of a `to` that threw, or named what is no URI: the call is not forwarded then. Without it the error is dropped. */
  readonly onError?: (error: unknown) => void
}

/** So many users have one call at most, one after the other. */
const MOST_USERS = 16

const rules: RulesOf<ForwardingOptions> = { to: 'function', noAnswer: 1, onError: 'function' }

/** @throws {SipError} `ERR_SIP_ARGUMENT` for an option of another type, or without `to`. */
export function checkForwarding(options: ForwardingOptions): void {
  checkOptions('forwarding', options, rules)
  if (!options.to) throw new SipError('ERR_SIP_ARGUMENT', "forwarding: 'to' is missing: what tells where a call goes")
}

/** Where one call has gone, and goes next. */
export class Forwarding {
  readonly #options: ForwardingOptions
  readonly #request: SipRequest
  readonly #sources: TargetSources
  readonly #called: Set<string>
  /** Who has it now; `undefined` for an address elsewhere, where others decide. */
  #aor: string | undefined

  /** @param aor the user called. */
  constructor(options: ForwardingOptions, request: SipRequest, aor: string, sources: TargetSources) {
    this.#options = options
    this.#request = request
    this.#sources = sources
    this.#aor = aor
    this.#called = new Set([aor])
  }

  /** Whether who has the call now may forward it. */
  get isOpen(): boolean {
    return this.#aor !== undefined && this.#called.size < MOST_USERS
  }

  get noAnswer(): number | undefined {
    return this.#options.noAnswer
  }

  /** Where the call goes after this status; `undefined` for nowhere. Never rejects. */
  async next(status: number): Promise<TargetGroups | undefined> {
    const before = this.#aor
    try {
      let targets = await this.#after(status)
      // Who is not there may forward further
      while (targets && 'status' in targets) targets = await this.#after(targets.status)
      if (!targets) this.#aor = before
      return targets
    } catch (error) {
      this.#aor = before
      this.report(error)
      return undefined
    }
  }

  /** Tells of what went wrong on the way. What a listener throws is nobody's: nothing waits for it. */
  report(error: unknown): void {
    try {
      this.#options.onError?.(error)
    } catch {
      // it is the one who is told
    }
  }

  async #after(status: number): Promise<TargetGroups | Rejection | undefined> {
    const named = this.isOpen && (await this.#options.to(this.#aor ?? '', status, this.#request))
    if (!named) return undefined
    const uri = secureAs(this.#request.uri, typeof named === 'string' ? parseUri(named) : named)
    const aor = this.#sources.domains.aor(uri)
    if (aor !== undefined && this.#called.has(aor)) return undefined
    this.#called.add(aor ?? '')
    this.#aor = aor
    return targetsAt(uri, aor, this.#sources)
  }
}

/** A call to a sips URI stays on TLS wherever it goes (RFC 5630 5.3). */
function secureAs(requested: Uri, uri: Uri): Uri {
  const secure = requested instanceof SipUri && requested.isSecure
  return secure && uri instanceof SipUri && !uri.isSecure ? uri.with({ scheme: 'sips' }) : uri
}
