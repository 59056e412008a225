import type { Random } from '@netsip/runtime'
import { NameAddr, type SipRequest, SipUri, type Uri } from '@netsip/message'
import type { Leg, Target } from '@netsip/transport'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'

const SEAL = 'dlg'

/**
 * Writes the Record-Route values of a proxy and knows them again. Each one carries a seal over the Call-ID and the flow it
 * names, so that only a request of a dialog that was set up through this proxy passes by its Route alone: a Route that
 * somebody made up opens no relay.
 */
export class RecordRouter {
  readonly #secret: Uint8Array

  /** @param secret shared by all servers that answer for the same address, and kept over a restart, for dialogs to live on. */
  constructor(secret: Uint8Array | undefined, random: Random) {
    this.#secret = secret ?? random.bytes(32)
  }

  /** A Record-Route value that leads `peer` to this leg, and from there down the connection `flow` names. */
  value(leg: Leg, callId: string, flow: string | undefined, secure: boolean, peer: Target): NameAddr {
    const uri = leg.contact(flow, secure, peer)
    const params = uri.params.with('lr', null).with(SEAL, this.#seal(callId, flow))
    return new NameAddr({ uri: uri.with({ params }) })
  }

  /** Whether this value was written by {@link value} for the same dialog. */
  isSealed(uri: Uri, request: SipRequest): boolean {
    if (!(uri instanceof SipUri)) return false
    const seal = uri.params.get(SEAL)
    return seal !== undefined && sameText(seal, this.#seal(request.callId, uri.user))
  }

  #seal(callId: string, flow: string | undefined): string {
    const bytes = hmac(sha256, this.#secret, utf8ToBytes(`record-route\n${flow ?? ''}\n${callId}`))
    return bytesToHex(bytes.subarray(0, 10))
  }
}

/** Takes equally long for each wrong guess of one length. */
function sameText(a: string, b: string): boolean {
  if (a.length !== b.length) return false
  let differs = 0
  for (let i = 0; i < a.length; i++) differs |= a.charCodeAt(i) ^ b.charCodeAt(i)
  return differs === 0
}
