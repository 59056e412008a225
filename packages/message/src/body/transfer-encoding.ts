import { latin1Text } from '../octets.ts'
import { SipParseError } from '../parse-error.ts'

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
    return Uint8Array.from(atob(latin1Text(body, 0, body.length)), (c) => c.charCodeAt(0))
  } catch {
    throw new SipParseError('a body part that is not base64')
  }
}

function decodeQuotedPrintable(body: Uint8Array): Uint8Array {
  const octets: number[] = []
  for (let i = 0; i < body.length; i++) {
    const c = body[i]!
    if (c !== 61) {
      octets.push(c)
      continue
    }
    // a soft line break: an equals sign at the end of a line
    if (body[i + 1] === 10) i += 1
    else if (body[i + 1] === 13 && body[i + 2] === 10) i += 2
    else {
      const digits = String.fromCharCode(...body.subarray(i + 1, i + 3))
      if (!/^[\da-f]{2}$/i.test(digits)) {
        throw new SipParseError('a body part that is not quoted-printable', { offset: i })
      }
      octets.push(Number.parseInt(digits, 16))
      i += 2
    }
  }
  return Uint8Array.from(octets)
}
