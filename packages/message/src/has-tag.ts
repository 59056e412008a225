import { separatorAt } from './values/list.ts'

const SEMICOLON = 59
const TAG = /;[ \t]*tag[ \t]*(?:[=;]|$)/iy

/** Whether a name-addr or addr-spec has a `tag` among its header parameters. Nothing else of it is read. */
export function hasTag(text: string): boolean {
  for (let at = -1; at < text.length;) {
    at = separatorAt(text, at + 1, SEMICOLON)
    TAG.lastIndex = at
    if (TAG.test(text)) return true
  }
  return false
}
