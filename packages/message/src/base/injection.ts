/** A TypeError with the code `ERR_SIP_ARGUMENT`: what a caller handed in cannot be written as SIP. */
export function argumentError(message: string): TypeError & { code: string } {
  return Object.assign(new TypeError(message), { code: 'ERR_SIP_ARGUMENT' })
}

/**
 * Refuses text that would end the line it is written to, so that no value can add a header of its own.
 *
 * @param what names the value in the error, e.g. `'display name'`; the text itself is not repeated there
 * @throws TypeError with code `ERR_SIP_INJECTION` when `text` holds CR, LF or NUL, `ERR_SIP_ARGUMENT` when it is no string
 */
export function assertNoInjection(text: string, what: string): void {
  // what is none has another text, perhaps, each time it is written
  if (typeof text !== 'string') throw argumentError(`${what} must be a string`)
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === 13 || c === 10 || c === 0) {
      throw Object.assign(new TypeError(`${what} must not contain CR, LF or NUL`), { code: 'ERR_SIP_INJECTION' })
    }
  }
}
