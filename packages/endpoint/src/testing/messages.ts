import { CSeq, NameAddr, SipRequest, Via } from '@netsip/message'
import type { RawPeer } from './pair.ts'

interface RawInit {
  readonly branch?: string
  readonly callId?: string
  readonly fromTag?: string
  readonly toTag?: string
  readonly seq?: number
  readonly headers?: Record<string, string>
  readonly body?: string
}

/** A request as a peer without a stack would send it, with a Via that leads back to it. */
export function rawRequest(peer: RawPeer, method: string, uri: string, init: RawInit = {}): SipRequest {
  const { branch = peer.branch(), callId = 'raw-call', fromTag = 'raw', toTag, seq = 1, headers = {}, body } = init
  const request = new SipRequest({
    method,
    uri,
    headers: { 'Max-Forwards': 70, ...headers },
    ...(body !== undefined && { body }),
  })
  const { host, port } = peer.leg.local
  request.pushVia(Via.parse(`SIP/2.0/UDP ${host}:${port};branch=${branch}`))
  request.from = new NameAddr({ uri: peer.uri }).with({ tag: fromTag })
  request.to = new NameAddr({ uri }).with({ tag: toTag })
  request.callId = callId
  request.cseq = new CSeq(seq, method)
  if (!request.headers.has('Contact')) request.contacts = [new NameAddr({ uri: peer.uri })]
  return request
}
