import { argumentError } from '../injection.ts'
import { SipParseError } from '../parse-error.ts'
import { quote, scanQuoted, unquote } from '../values/quoted.ts'
import { type Form, token } from './forms.ts'
import { list, type ListHeader } from './header-type.ts'

/** What went wrong, for a person (RFC 3261 20.43). */
export interface WarningValue {
  /** Three digits. */
  readonly code: number
  /** The host that says so, or a pseudonym. */
  readonly agent: string
  readonly text: string
}

const warning: Form<WarningValue> = {
  parse: (text) => {
    const [, code, agent, quoted] = /^(\d{3}) +([^ ]+) +(".*)$/s.exec(text) ?? []
    if (quoted === undefined || scanQuoted(quoted, 0) !== quoted.length) {
      throw new SipParseError('a Warning that is not code, agent and quoted text')
    }
    return { code: Number(code), agent: agent!, text: unquote(quoted) }
  },
  format: ({ code, agent, text }, what) => {
    if (!Number.isInteger(code) || code < 0 || code > 999) throw argumentError(`not a warning code: ${code}`)
    const by = agent.includes(':') ? agent : token.format(agent, what)
    return `${String(code).padStart(3, '0')} ${by} ${quote(text)}`
  },
}

/** Warning (RFC 3261 20.43). */
export const Warning: ListHeader<WarningValue> = list('Warning', warning)
