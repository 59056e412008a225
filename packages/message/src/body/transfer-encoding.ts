import { latin1Text, octetsOf } from '../base/octets.ts'
import { SipParseError } from '../base/parse-error.ts'

/**
 * Undoes a Content-Transfer-Encoding (RFC 2045 6, RFC 5621 3.2). SIP is binary, so that `binary`, `8bit`, `7bit` and
 * none change nothing.
 *
 * @throws SipParseError with status 415 for an unknown one, 400 for text that is not what it says
 */
export function decodeTransfer(body: Uint8Array, encoding: string | undefined): Uint8Array {
  switch (encoding?.trim().toLowerCase()) {
    case undefined:
    case 'binary':
    case '8bit':
    case '7bit':
      return body
    case 'base64':
      return decodeBase64(body)
    case 'quoted-printable':
      return decodeQuotedPrintable(body)
    default:
      throw new SipParseError('an unknown Content-Transfer-Encoding', {
        status: 415,
        header: 'Content-Transfer-Encoding',
      })
  }
}

function decodeBase64(body: Uint8Array): Uint8Array {
  try {
    return octetsOf(atob(latin1Text(body, 0, body.length)))
  } catch {
    throw new SipParseError('a body part that is not base64')
  }
}

function decodeQuotedPrintable(body: Uint8Array): Uint8Array {
  const encoded = latin1Text(body, 0, body.length)
  const text = encoded.replace(/=(\r?\n|[\da-f]{2})?/gi, (_, code: string | undefined, offset: number) => {
    if (code === undefined) throw new SipParseError('a body part that is not quoted-printable', { offset })
    // a soft line break: an equals sign at the end of a line
    return code.endsWith('\n') ? '' : String.fromCharCode(Number.parseInt(code, 16))
  })
  return octetsOf(text)
}
