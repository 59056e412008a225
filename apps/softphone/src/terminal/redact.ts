const credentialLine = /^((?:proxy-)?authorization|authentication-info|proxy-authentication-info)\s*:/i
const answers = /(\b(?:response|rspauth)\s*=\s*"?)([^",\s]+)/gi
// Bounded, so that a message full of beginnings costs no more than others: where nothing ends it for longer than a password is,
// all of it is hidden.
const uriPassword = /(\bsips?:[^\s:@<>"]+:)([^\s@<>"]{1,512}(?=@)|[^\s@<>"]{513,})/gi
const mediaKey = /(\binline:)([A-Za-z0-9+/=]+)/g
const hide = (_: string, before: string, secret: string): string => before + 'x'.repeat(secret.length)

/** Hides the passwords of URIs in a line about them. */
export function withoutPasswords(line: string): string {
  return line.replace(uriPassword, hide)
}

/**
 * Hides what must reach no log: digest responses, passwords in URIs and media keys. Every secret is replaced by as
 * many x, so that lengths (Content-Length, a capture) stay right. Works on Latin-1, which keeps every byte.
 */
export function redact(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  let credentials = false
  const lines = text.split('\n').map((line) => {
    // A folded line (RFC 3261 7.3.1) belongs to the header above it.
    credentials = /^[ \t]/.test(line) ? credentials : credentialLine.test(line)
    const hidden = line.replace(uriPassword, hide).replace(mediaKey, hide)
    return credentials ? hidden.replace(answers, hide) : hidden
  })
  return Buffer.from(lines.join('\n'), 'latin1')
}
