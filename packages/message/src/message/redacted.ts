import { readable } from '../base/inspect.ts'
import type { SipMessage } from './sip-message.ts'
import { startLineOf } from './summary.ts'

/** All of a message, fit for a log: control characters escaped; passwords, digest responses and media keys masked. */
export function redactedText(message: SipMessage): string {
  const { rows, text } = message
  const lines = [startLineOf(message)]
  for (let row = 0; row < rows.count; row++) {
    const name = rows.nameAt(row)
    const value = rows.valueAt(row)
    lines.push(`${name}: ${SECRET.test(name) ? maskCredentials(value) : value}`)
  }
  // RFC 4568 9.1: what a=crypto has behind `inline:`
  if (text !== '') lines.push('', ...text.replace(/inline:[\w+/=]+/g, 'inline:***').split(/\r?\n/))
  return lines.map(readable).join('\n')
}

// What is made of a password.
const SECRET = /^(proxy-)?auth(orization|entication-info)$/i

// The scheme and the realm say which credentials were used; the rest may be attacked offline.
function maskCredentials(value: string): string {
  const scheme = /^[\w-]{1,64}(?= )/.exec(value)?.[0] ?? ''
  const realm = /realm\s{0,8}=\s{0,8}"[^"]{0,256}"/i.exec(value)?.[0]
  return `${scheme} ${realm === undefined ? '' : `${realm}, `}***`
}
