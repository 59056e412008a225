import { argumentError } from '../base/injection.ts'
import { SipParseError } from '../base/parse-error.ts'
import { quote, scanQuoted, unquote } from '../grammar/quoted.ts'
import type { Form } from './forms.ts'
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
    // a host with or without a port, or a token
    if (!/^[\w.!%*+`'~:[\]-]+$/.test(agent)) throw argumentError(`not an agent of ${what}: ${JSON.stringify(agent)}`)
    return `${String(code).padStart(3, '0')} ${agent} ${quote(text)}`
  },
}

/** Warning (RFC 3261 20.43). */
export const Warning: ListHeader<WarningValue> = list('Warning', warning)
