import { separatorAt } from '../grammar/list.ts'

const SEMICOLON = 59
const TAG = /;[ \t]*tag[ \t]*(?=[=;]|$)/gi

/** Whether a name-addr or addr-spec has a `tag` among its header parameters. Nothing else of it is read. */
export function hasTag(text: string): boolean {
  TAG.lastIndex = 0
  let at = -1
  // what looks like one may stand in the URI or between quotes
  for (let found = TAG.exec(text); found !== null; found = TAG.exec(text)) {
    while (at < found.index) at = separatorAt(text, at + 1, SEMICOLON)
    if (at === found.index) return true
  }
  return false
}
