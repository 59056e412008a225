import type { Dispatcher } from '@netsip/dispatcher'
import { type SipMessage, type SipRequest, SipUri } from '@netsip/message'
import { checkOptions, type Clock, type RulesOf } from '@netsip/runtime'
import { answer } from './answer.ts'
import type { Binding } from './location/binding.ts'
import { Domains } from './domains.ts'
import type { Handler } from './handler.ts'
import type { LocationStore } from './location/location-store.ts'

/** Options of {@link Redirect}. */
export interface RedirectOptions {
  readonly dispatcher: Dispatcher
  readonly store: LocationStore
  /** The domains whose users are looked up; requests for others are left to the next handler. */
  readonly domains: Domains | Iterable<string>
  /** Whether there is such a user: 404 when not, 480 when there is but nowhere. Default: everyone may exist. */
  readonly isUser?: (user: string, aor: string) => boolean | Promise<boolean>
}

const rules: RulesOf<RedirectOptions> = { dispatcher: 'object', store: 'object', domains: 'any', isUser: 'function' }

/**
 * A redirect server (RFC 3261 8.3): answers every request for a user with the contacts the user has registered, and sends none
 * itself. REGISTER is left to a {@link Registrar}, and a CANCEL to the {@link Chain}, as the INVITE has had its answer by then.
 */
export class Redirect implements Handler {
  readonly #options: RedirectOptions
  readonly #domains: Domains
  readonly #clock: Clock

  /** @throws {SipParseError} for a domain that cannot be parsed, {SipError} `ERR_SIP_ARGUMENT` for an option of another type or name */
  constructor(options: RedirectOptions) {
    checkOptions('new Redirect', options, rules)
    const { dispatcher, domains } = options
    this.#options = options
    this.#domains = domains instanceof Domains ? domains : new Domains(domains, dispatcher)
    this.#clock = dispatcher.clock
  }

  handle(packet: SipMessage): boolean | Promise<boolean> {
    if (packet.type !== 'request' || packet.method === 'REGISTER' || packet.method === 'CANCEL') return false
    const aor = this.#domains.aor(packet.uri)
    if (aor === undefined) return false
    return packet.method === 'ACK' || this.#redirect(packet, aor)
  }

  async #redirect(request: SipRequest, aor: string): Promise<true> {
    const { dispatcher, store, isUser } = this.#options
    const { uri } = request
    const contacts = (await store.lookup(aor)).filter((binding) => isElsewhere(binding, uri))
    if (contacts.length === 0) {
      const known = (await isUser?.(uri instanceof SipUri ? (uri.user ?? '') : '', aor)) ?? true
      answer(request, dispatcher, { status: known ? 480 : 404 })
    } else {
      const now = this.#clock.monotonic()
      const Contact = contacts.map((binding) => contactOf(binding, now))
      answer(request, dispatcher, { status: contacts.length === 1 ? 302 : 300, headers: { Contact } })
    }
    return true
  }
}

/** Not where the request is already, which would be a loop (RFC 3261 8.3), and no less secure than was asked for. */
function isElsewhere({ contact, flowOnly }: Binding, requested: SipRequest['uri']): boolean {
  const { uri } = contact
  if (flowOnly || uri.equals(requested)) return false
  return requested.scheme !== 'sips' || uri.scheme === 'sips'
}

/** Only what tells the caller how to choose: what else was registered is between the user and the registrar. */
function contactOf({ contact, q, expiresAt }: Binding, now: number): string {
  const expires = Math.max(1, Math.round((expiresAt - now) / 1000))
  return `<${contact.uri.toString()}>${q < 1 ? `;q=${q}` : ''};expires=${expires}`
}
