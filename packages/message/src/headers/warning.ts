import { SipParseError } from '../parse-error.ts'
import { quote, scanQuoted, unquote } from '../values/quoted.ts'
import { skipSpace } from '../values/token.ts'
import type { ListHeader } from './header-type.ts'
import { digits, number, writtenToken } from './parts.ts'

/** What went wrong, for a person (RFC 3261 20.43). */
export interface WarningValue {
  /** Three digits. */
  readonly code: number
  /** The host that says so, or a pseudonym. */
  readonly agent: string
  readonly text: string
}

/** Warning (RFC 3261 20.43). */
export const Warning: ListHeader<WarningValue> = {
  name: 'Warning',
  list: true,
  parse(text) {
    const space = text.indexOf(' ')
    const agent = skipSpace(text, Math.max(0, space))
    const agentEnd = text.indexOf(' ', agent)
    const quoted = skipSpace(text, Math.max(0, agentEnd))
    if (space !== 3 || agentEnd < 0 || text.charCodeAt(quoted) !== 34 || scanQuoted(text, quoted) !== text.length) {
      throw new SipParseError('a Warning that is not code, agent and quoted text')
    }
    return {
      code: number(text.slice(0, space), 'a warning code', 999),
      agent: text.slice(agent, agentEnd),
      text: unquote(text.slice(quoted)),
    }
  },
  format: ({ code, agent, text }) =>
    `${digits(code, 'a warning code', 999).padStart(3, '0')} ${agent.includes(':') ? agent : writtenToken(agent, 'a warning agent')} ${quote(text)}`,
}
