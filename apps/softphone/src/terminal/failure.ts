import { isSipError } from '@netsip/runtime'
import type { Output } from './output.ts'

/** A failure in the words of a person and the fields of a program. */
export interface Failure {
  readonly code: string
  readonly status?: number
  readonly reason: string
  readonly line: string
}

/** What the failure was about. */
export interface About {
  /** For example `the call to sip:bob@example.com`. */
  readonly what: string
  /** The user whose password was used. */
  readonly user?: string | undefined
  /** There was no password to use: what to give. */
  readonly missing?: string | undefined
}

/** The layers below begin with what failed, which is said in our own words. */
const layersBelow = /^(?:(?:the call|the registration|the transfer|[A-Z]+) (?:to|of) \S+|hold|resume) failed: /

interface Status {
  status?: number
  reason?: string
}

/** Any error as one line: no stack trace, nothing of the inside of the program. */
export function failureOf(error: unknown, { what, user, missing }: About): Failure {
  const code = codeOf(error)
  const { status, reason } = Object(error) as Status
  const message = asTyped(firstLine(error).replace(layersBelow, ''))
  const said = status === undefined ? message : `${status} ${reason ?? ''}`.trim()
  const fields = { code, ...(status !== undefined && { status }), reason: reason ?? message }
  switch (code) {
    case 'ERR_SIP_AUTH':
      if (unanswerable(error) && missing !== undefined)
        return { ...fields, line: `${what} failed: ${said}: a password is needed: give ${missing}` }
      if (unanswerable(error))
        return { ...fields, line: `${what} failed: ${asTyped(firstLine((error as Error).cause))}` }
      return { ...fields, line: `${what} failed: ${said} for ${user ?? 'us'}${guess(status, reason)}` }
    case 'ERR_SIP_TIMEOUT':
      return { ...fields, line: `${what} failed: nobody answered (${message})` }
    case 'ERR_SIP_STATUS':
      return {
        ...fields,
        line: `${what} failed: ${status === 486 || status === 600 ? `busy (${said})` : said}${hint(status)}`,
      }
    // Nobody waits for a silent peer longer than the grace.
    case 'ERR_SIP_CLOSED':
      return { ...fields, line: `${what} failed: ${message.includes('no answer yet') ? 'no answer' : message}` }
    case 'ERR_SIP_CANCELLED':
      return { ...fields, line: `${what} was cancelled` }
    default:
      return { ...fields, line: `${what} failed: ${message}` }
  }
}

/** What the layers below say to a programmer, said to whoever typed the command. */
function asTyped(message: string): string {
  return message.replace("hand it in as 'ca'", 'give its certificate with --ca').replace(/(\d)000 ms\b/g, '$1 s')
}

/** Prints a failure as the `error` event. */
export function report(output: Output, failure: Failure, callId?: string): void {
  const { code, status, reason, line } = failure
  output.event(
    'error',
    { ...(callId !== undefined && { callId }), code, ...(status !== undefined && { status }), reason },
    line,
  )
}

/** The challenge was of a realm that our password is not for, or of a kind that we do not know. */
function unanswerable(error: unknown): boolean {
  return firstLine(Object(error).cause).includes('no credentials fit the challenge')
}

/** What to do about it, where the reason phrase tells nobody. */
function hint(status: number | undefined): string {
  return status === 488 ? ': not with the sound that we offer; see --srtp and --codec' : ''
}

/** A 403 with a reason of its own says what is wrong better than we could. */
function guess(status: number | undefined, reason: string | undefined): string {
  return status === 403 && reason !== 'Forbidden' ? '' : ': is the password right?'
}

function codeOf(error: unknown): string {
  const code = (Object(error) as { code?: unknown }).code
  return isSipError(error) || typeof code === 'string' ? String(code) : 'ERR_SOFTPHONE'
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.split(/\r?\n/, 1)[0] ?? ''
}
