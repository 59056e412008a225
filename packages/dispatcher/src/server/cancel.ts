import { SipRequest } from '@netsip/message'

/**
 * The INVITE that a CANCEL is for, made from the CANCEL: both have the same Request-URI, Call-ID, From, To, CSeq number,
 * Route and top Via (RFC 3261 9.1). For an INVITE that has had its final response and of which no message is kept.
 */
export function inviteFromCancel(cancel: SipRequest): SipRequest {
  const headers: [string, string][] = []
  for (const [name, value] of cancel.headers) {
    if (/^(via|v|from|f|to|t|call-id|i|route|max-forwards)$/i.test(name)) headers.push([name, value])
  }
  headers.push(['CSeq', `${cancel.cseq.seq} INVITE`])
  return new SipRequest({ method: 'INVITE', uri: cancel.uri, headers })
}
