import { type NameAddr, NameAddr as Address, ServiceRoute, type SipResponse, SipUri, type Uri } from '@netsip/message'
import { grantsOutbound } from './outbound.ts'
import { addressUri } from '../dialog/route-set.ts'

/** What a registrar gave one of our addresses. */
export interface Identity {
  /** The route requests of this address take (RFC 3608). */
  readonly routes: readonly NameAddr[]
  /** A Contact that reaches this very device from anywhere (RFC 5627). */
  readonly gruu: NameAddr | undefined
  /** A Contact that says that it is reached on the connection of the registration (RFC 5626 4.3). */
  readonly flow: NameAddr | undefined
  /** One that does not tell who we are, made anew with every registration; the older ones stay good as long as the call of it. */
  readonly tempGruu: NameAddr | undefined
}

/** Our registered addresses, and what their registrars gave them, by flow where there are several (RFC 5626 4.2). */
export class Identities {
  /** The flows of each address, the one to be used first. */
  readonly #byAddress = new Map<string, Map<string, Identity>>()

  get size(): number {
    return this.#byAddress.size
  }

  get(address: Uri): Identity | undefined {
    return this.#byAddress.get(keyOf(address))?.values().next().value
  }

  /** Takes what a 2xx to REGISTER says; an absent Service-Route clears the one before (RFC 3608 6.1). */
  learn(address: Uri, contact: NameAddr | undefined, response: SipResponse): void {
    const routes = response.read(ServiceRoute)
    const gruu = contact === undefined ? undefined : gruuOf(contact, response, 'pub-gruu')
    const tempGruu = contact === undefined ? undefined : gruuOf(contact, response, 'temp-gruu')
    const flow = contact !== undefined && grantsOutbound(contact, response) ? withOb(contact.uri) : undefined
    if (routes.length === 0 && !gruu && !tempGruu && !flow) return this.forget(address, contact)
    const key = keyOf(address)
    const flows = this.#byAddress.get(key) ?? new Map<string, Identity>()
    this.#byAddress.set(key, flows.set(flowOf(contact), { routes, gruu, tempGruu, flow }))
  }

  /** The registration is not what it was: another flow of the address is used first, if there is one (RFC 5626 4.3). */
  lose(address: Uri, contact: NameAddr): void {
    const flows = this.#byAddress.get(keyOf(address))
    const identity = flows?.get(flowOf(contact))
    if (identity === undefined) return
    flows?.delete(flowOf(contact))
    flows?.set(flowOf(contact), identity)
  }

  /** A binding is removed; without a contact all of them are. */
  forget(address: Uri, contact: NameAddr | undefined): void {
    const flows = this.#byAddress.get(keyOf(address))
    flows?.delete(flowOf(contact))
    if (contact === undefined || flows?.size === 0) this.#byAddress.delete(keyOf(address))
  }
}

function keyOf(address: Uri): string {
  return addressUri(address).toString()
}

function flowOf(contact: NameAddr | undefined): string {
  return contact?.params.get('reg-id') ?? ''
}

function withOb(uri: Uri): NameAddr | undefined {
  return uri instanceof SipUri ? new Address({ uri: uri.with({ params: uri.params.with('ob', '') }) }) : undefined
}

function gruuOf(own: NameAddr, { contacts }: SipResponse, kind: 'pub-gruu' | 'temp-gruu'): NameAddr | undefined {
  const instance = own.params.get('+sip.instance')
  if (contacts === '*' || instance === undefined) return undefined
  const gruu = contacts.find((one) => one.params.get('+sip.instance') === instance)?.params.get(kind)
  return gruu === undefined ? undefined : new Address({ uri: gruu.replaceAll('"', '') })
}
