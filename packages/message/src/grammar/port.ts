import { argumentError } from '../base/injection.ts'
import { SipParseError } from '../base/parse-error.ts'
import { parseDigits } from './token.ts'

/** A port as written, 1 to 65535. Throws SipParseError. */
export function parsePort(digits: string, offset: number): number {
  const port = parseDigits(digits, 0, digits.length, 65_535)
  if (!port) throw new SipParseError('not a port', { offset })
  return port
}

/** A port as a builder is given it. Throws a TypeError. */
export function checkPort(port: number | undefined): number | undefined {
  if (port !== undefined && !(Number.isInteger(port) && port >= 1 && port <= 65_535)) {
    throw argumentError(`not a port: ${port}`)
  }
  return port
}
