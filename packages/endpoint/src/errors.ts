import type { SipResponse } from '@netsip/message'
import { SipError } from '@netsip/runtime'

/** A final response that says no: what an outcome rejects with and a callback gets as its error. */
export class ResponseError extends SipError {
  /** Status code of the response, 300 to 699. */
  readonly status: number
  /** Reason phrase of the response. */
  readonly reason: string
  /** The response itself; not shown by whoever prints the error. */
  declare readonly response: SipResponse

  constructor(code: 'ERR_SIP_STATUS' | 'ERR_SIP_AUTH' | 'ERR_SIP_CANCELLED', message: string, response: SipResponse) {
    super(code, message)
    this.status = response.status
    this.reason = response.reason
    // Enumerable, an error that nobody caught would be printed with all of the message and its secrets.
    Object.defineProperty(this, 'response', { value: response })
  }
}

/** `ERR_SIP_STATUS` for a final response of 300 and above, `undefined` for a 2xx. */
export function statusError(response: SipResponse, method: string): ResponseError | undefined {
  if (response.status < 300) return undefined
  return new ResponseError('ERR_SIP_STATUS', `${method} was answered ${response.status} ${response.reason}`, response)
}

/** The final response to a request that we had cancelled: 487 as a rule. */
export function cancelledError(response: SipResponse, method: string): ResponseError {
  const message = `${method} was cancelled (${response.status} ${response.reason})`
  return new ResponseError('ERR_SIP_CANCELLED', message, response)
}

export function argumentError(message: string, cause?: unknown): SipError {
  return new SipError('ERR_SIP_ARGUMENT', message, cause === undefined ? undefined : { cause })
}

export function stateError(message: string): SipError {
  return new SipError('ERR_SIP_STATE', message)
}
