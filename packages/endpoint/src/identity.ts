import { type NameAddr, NameAddr as Address, ServiceRoute, type SipResponse, type Uri } from '@netsip/message'
import { addressUri } from './route-set.ts'

/** What a registrar gave one of our addresses. */
export interface Identity {
  /** The route requests of this address take (RFC 3608). */
  readonly routes: readonly NameAddr[]
  /** A Contact that reaches this very device from anywhere (RFC 5627). */
  readonly gruu: NameAddr | undefined
  /** One that does not tell who we are, made anew with every registration; the older ones stay good as long as the call of it. */
  readonly tempGruu: NameAddr | undefined
}

/** Our registered addresses, and what their registrars gave them. */
export class Identities {
  readonly #byAddress = new Map<string, Identity>()

  get size(): number {
    return this.#byAddress.size
  }

  get(address: Uri): Identity | undefined {
    return this.#byAddress.get(addressUri(address).toString())
  }

  /** Takes what a 2xx to REGISTER says; an absent Service-Route clears the one before (RFC 3608 6.1). */
  learn(address: Uri, contact: NameAddr | undefined, response: SipResponse): void {
    const routes = response.read(ServiceRoute)
    const gruu = contact === undefined ? undefined : gruuOf(contact, response, 'pub-gruu')
    const tempGruu = contact === undefined ? undefined : gruuOf(contact, response, 'temp-gruu')
    if (routes.length === 0 && gruu === undefined && tempGruu === undefined) this.forget(address)
    else this.#byAddress.set(addressUri(address).toString(), { routes, gruu, tempGruu })
  }

  forget(address: Uri): void {
    this.#byAddress.delete(addressUri(address).toString())
  }
}

function gruuOf(own: NameAddr, { contacts }: SipResponse, kind: 'pub-gruu' | 'temp-gruu'): NameAddr | undefined {
  const instance = own.params.get('+sip.instance')
  if (contacts === '*' || instance === undefined) return undefined
  const gruu = contacts.find((one) => one.params.get('+sip.instance') === instance)?.params.get(kind)
  return gruu === undefined ? undefined : new Address({ uri: gruu.replaceAll('"', '') })
}
