import { reasonPhrase } from '@netsip/message'
import { isSipError, SipError } from '@netsip/runtime'

/** Why a call, a registration or a request failed: `code` for programs, `status` and `reason` as SIP says it. */
export class CallError extends SipError {
  override readonly name: string = 'CallError'
  /** The final status, from the peer or, for a timeout (408) or a failed transport (503), the one it counts as (RFC 3261 8.1.3.1). */
  readonly status: number
  /** The reason phrase that came, or the usual one of the status. */
  readonly reason: string
  /** The status is not the peer's: nothing final came from it. */
  readonly local: boolean

  constructor(
    code: string,
    message: string,
    init: { status: number; reason?: string | undefined; local?: boolean; cause?: unknown },
  ) {
    super(code, message, { cause: init.cause })
    this.status = init.status
    this.reason = init.reason || reasonPhrase(init.status)
    this.local = init.local ?? false
  }
}

// RFC 3261 8.1.3.1: no answer counts as 408, a transport that fails as 503.
const statusOfCode: Record<string, number> = {
  ERR_SIP_TIMEOUT: 408,
  ERR_SIP_REFUSED: 503,
  ERR_SIP_UNRESOLVED: 503,
  ERR_SIP_CANCELLED: 487,
  ERR_MEDIA_NO_CODEC: 488,
  ERR_MEDIA_SDP: 488,
}

const authStatuses = new Set([401, 403, 407])

interface WithStatus {
  status: number
  reason: string
}

function hasStatus(error: object): error is WithStatus {
  return typeof (error as Partial<WithStatus>).status === 'number'
}

/** Any failure as a CallError: `what` begins the sentence, as in "the call to sip:bob@example.com". */
export function callError(error: unknown, what: string): CallError {
  if (error instanceof CallError) return error
  if (isSipError(error) && hasStatus(error)) return statusError(error.status, error.reason, what, error)
  const code = isSipError(error) ? error.code : 'ERR_SIP_INTERNAL'
  const message = error instanceof Error ? error.message : String(error)
  return new CallError(code, `${what} failed: ${message}`, {
    status: statusOfCode[code] ?? 500,
    local: true,
    cause: error,
  })
}

/** A final response of 300 and above as an error. */
export function statusError(status: number, reason: string, what: string, cause?: unknown): CallError {
  const said = `${status} ${reason || reasonPhrase(status)}`.trim()
  if (authStatuses.has(status))
    return new CallError('ERR_SIP_AUTH', `${what} was refused: ${said}`, { status, reason, cause })
  if (status === 487)
    return new CallError('ERR_SIP_CANCELLED', `${what} was cancelled: ${said}`, { status, reason, cause })
  return new CallError('ERR_SIP_STATUS', `${what} was answered ${said}`, { status, reason, cause })
}
