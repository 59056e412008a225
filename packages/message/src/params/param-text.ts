// Parameters in normal form are text: a separator, a name, and `=value` where there is one; and so on to the end. Space
// is gone, and a name is escaped no more than it must be, so that looking one up is comparing characters.
import { standsAt } from '../grammar/token.ts'
import type { ParamForm } from './param-form.ts'

const QUOTE = 34
const EQUALS = 61

/** In place of the bits of names: any may be there, and a quoted value may look like one. */
export const ANY_NAME = -1

/** A bit for a name, the same in any case. The bits of all names say of most others that they are not there. */
export function nameBit(name: string): number {
  return bitOf(name.charCodeAt(0), name.length > 1 ? name.charCodeAt(1) : 0)
}

// Of the first two characters, the second 0 where there is none: letters differ by case in bits that are shifted out. The
// factor keeps apart the names that are known.
function bitOf(first: number, second: number): number {
  return 1 << ((first + second * 11) & 31)
}

/**
 * The bits of the names in `text[start, end)`, parameters in normal form without quoted values; 0 when a name comes
 * again, or there are more than `most`.
 */
export function nameBits(text: string, start: number, end: number, most: number, form: ParamForm): number {
  let bits = 0
  let count = 0
  for (let at = start; at >= 0 && at < end; at = text.indexOf(form.separator, at + 1)) {
    const second = at + 2 < end ? text.charCodeAt(at + 2) : EQUALS
    const bit = bitOf(text.charCodeAt(at + 1), endsName(second, form) ? 0 : second)
    if (++count > most || ((bits & bit) !== 0 && isRepeated(text, start, at, end, form))) return 0
    bits |= bit
  }
  return bits
}

function isRepeated(text: string, start: number, at: number, end: number, form: ParamForm): boolean {
  const name = text.slice(at + 1, nameEnd(text, at + 1, end, form))
  return findSlowly(text, start, at, name, form) >= 0
}

/**
 * The index after the name that is like `name` in `text[start, end)`, -1 when there is none. `name` is escaped as the
 * names in the text are, `names` are their bits.
 */
export function findName(
  text: string,
  start: number,
  end: number,
  name: string,
  names: number,
  form: ParamForm,
): number {
  if (names === ANY_NAME) return findSlowly(text, start, end, name, form)
  if ((names & nameBit(name)) === 0) return -1
  const width = form.separator.length
  for (let at = start; at >= 0; at = text.indexOf(form.separator, at + width)) {
    const stop = at + width + name.length
    if (stop > end) break
    if (text.startsWith(name, at + width) && (stop === end || endsName(text.charCodeAt(stop), form))) return stop
  }
  return findSlowly(text, start, end, name, form)
}

function endsName(c: number, form: ParamForm): boolean {
  return c === EQUALS || c === form.stop
}

function findSlowly(text: string, start: number, end: number, name: string, form: ParamForm): number {
  const width = form.separator.length
  for (let at = start + width; at < end;) {
    const stop = nameEnd(text, at, end, form)
    if (stop - at === name.length && standsAt(text, at, name)) return stop
    at = valueEnd(text, stop, end, form) + width
  }
  return -1
}

/** The index after the name that starts at `start`. */
export function nameEnd(text: string, start: number, end: number, form: ParamForm): number {
  const { stop } = form
  let i = start
  for (; i < end; i++) {
    const c = text.charCodeAt(i)
    if (c === EQUALS || c === stop) break
  }
  return i
}

/** The index after the value, when the name before it ends at `nameStop`. */
export function valueEnd(text: string, nameStop: number, end: number, form: ParamForm): number {
  if (nameStop === end || text.charCodeAt(nameStop) !== EQUALS) return nameStop
  const start = nameStop + 1
  if (start < end && text.charCodeAt(start) === QUOTE && form.component === undefined) {
    return closingQuote(text, start) + 1
  }
  const stop = text.indexOf(form.separator, start)
  return stop < 0 || stop > end ? end : stop
}

function closingQuote(text: string, open: number): number {
  let i = open + 1
  while (i < text.length && text.charCodeAt(i) !== QUOTE) i += text.charCodeAt(i) === 92 ? 2 : 1
  return i
}
