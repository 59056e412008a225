import type { Form } from './forms.ts'

/** How one header field is read and written. `message.read` and `message.write` take one; anybody can make one. */
export interface HeaderType<T> {
  /** The long name, as it is written. */
  readonly name: string
  /** Reads one value. Throws SipParseError. */
  parse(text: string): T
  /** Writes one value. */
  format(value: T): string
}

/** A header that has one value (or several rows of which the first is read). */
export interface SingleHeader<T> extends HeaderType<T> {
  readonly list: false
}

/** A header whose values may stand on one row, separated by commas, or on several (RFC 3261 7.3.1). */
export interface ListHeader<T> extends HeaderType<T> {
  readonly list: true
  /** Empty elements are passed over, where they can do no harm: between words, not between addresses. */
  readonly sparse?: boolean
  /** How a row is cut into values, where commas alone do not separate them. Throws SipParseError. */
  readonly cut?: (row: string) => readonly string[]
}

/** A header with one value of a form. */
// @__NO_SIDE_EFFECTS__
export function single<T>(name: string, form: Form<T>): SingleHeader<T> {
  return { name, list: false, parse: (text) => form.parse(text, name), format: (value) => form.format(value, name) }
}

/** How the values of a list are told apart, where it is not by commas with something between them. */
type Cut = Pick<ListHeader<unknown>, 'sparse' | 'cut'>

/** Words: empty elements are passed over. */
export const SPARSE: Cut = { sparse: true }

/** One value a row, whatever commas are in it (RFC 3261 7.3.1). */
export const WHOLE_ROWS: Cut = { cut: (row) => [row] }

/** A header with values of a form. */
// @__NO_SIDE_EFFECTS__
export function list<T>(name: string, form: Form<T>, cut?: Cut): ListHeader<T> {
  return {
    name,
    list: true,
    ...cut,
    parse: (text) => form.parse(text, name),
    format: (value) => form.format(value, name),
  }
}
