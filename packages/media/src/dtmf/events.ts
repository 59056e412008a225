/** A key that has an event code in RFC 4733; `!` is the hook flash. */
export type DtmfDigit =
  | '0'
  | '1'
  | '2'
  | '3'
  | '4'
  | '5'
  | '6'
  | '7'
  | '8'
  | '9'
  | '*'
  | '#'
  | 'A'
  | 'B'
  | 'C'
  | 'D'
  | '!'

// RFC 4733 3.2, table 3: the event code is the place in this list
const digits = '0123456789*#ABCD!'

/** The event code of a key; `undefined` for other characters. a-d may be in lower case. */
export function eventOf(digit: string): number | undefined {
  const code = digits.indexOf(digit.toUpperCase())
  return digit.length === 1 && code >= 0 ? code : undefined
}

/** The key of an event code; `undefined` for other events. */
export function digitOf(event: number): DtmfDigit | undefined {
  return digits[event] as DtmfDigit | undefined
}
