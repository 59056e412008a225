import { SipParseError } from '../base/parse-error.ts'
import { separatorAt } from '../grammar/list.ts'
import { skipSpace, trimEnd } from '../grammar/token.ts'
import type { Params } from '../params/params.ts'
import { parseHeaderParams } from '../params/scan-params.ts'
import { callId, type Form } from './forms.ts'

const SEMICOLON = 59

/** Values by field, in `params` the parameters that have none. */
type Fields = Record<string, unknown> & { params?: Params | undefined }

/**
 * The form of a value with parameters behind it. The value goes to `field`, each parameter that is known to the field of
 * its name, with a capital for a hyphen: `retryAfter` is `retry-after`. They are written in the order given here.
 */
// @__NO_SIDE_EFFECTS__
export function withParams<T extends object>(
  field: keyof T & string,
  head: Form<unknown>,
  known: { readonly [K in keyof T]?: Form<T[K]> },
): Form<T> {
  const forms = known as Record<string, Form<unknown>>
  return {
    parse: (text, what) => {
      const cut = cutParams(text, head === callId ? text.search(/;|$/) : 0)
      const value: Fields = { [field]: head.parse(cut.head, what) }
      let others = cut.params
      for (const key in forms) {
        const name = paramName(key)
        const read = readParam(others.get(name), forms[key]!, name)
        if (read !== undefined) value[key] = read
        others = others.with(name, undefined)
      }
      if (!others.isEmpty) value.params = others
      return value as T
    },
    format: (value, what) => {
      const fields = value as Fields
      let text = head.format(fields[field], what)
      for (const key in forms) text += writtenParam(fields[key], forms[key]!, paramName(key))
      return text + (fields.params?.toString() ?? '')
    },
  }
}

function paramName(field: string): string {
  return field.replace(/[A-Z]/, (capital) => `-${capital.toLowerCase()}`)
}

function readParam(text: string | undefined, form: Form<unknown>, name: string): unknown {
  if (form.required && !text) throw new SipParseError(`${name} is missing`)
  return text === undefined ? form.absent : form.parse(text, name)
}

function writtenParam(value: unknown, form: Form<unknown>, name: string): string {
  if (value === undefined || value === form.absent) return ''
  const text = form.format(value, name)
  return text === '' ? `;${name}` : `;${name}=${text}`
}

/**
 * Cuts a value from the parameters behind it: at the first `;` from `from` on that is outside of quoted strings and `<>`.
 * Throws SipParseError.
 */
export function cutParams(text: string, from = 0): { head: string; params: Params } {
  const end = separatorAt(text, from, SEMICOLON)
  const start = skipSpace(text, 0)
  return { head: text.slice(start, trimEnd(text, start, end)), params: parseHeaderParams(text, end) }
}
