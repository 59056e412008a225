import { checkOptions, type OptionRule, SipError } from '@netsip/runtime'
import type { PhoneOptions } from './phone-options.ts'

const rules: Readonly<Record<keyof PhoneOptions, OptionRule>> = {
  aor: 'string',
  displayName: 'string',
  user: 'string',
  password: 'string',
  realms: 'array',
  registrar: 'string',
  proxy: 'string',
  transport: 'string',
  tls: 'object',
  webSocket: 'string',
  listen: 'object',
  towards: 'string',
  codecs: 'array',
  srtp: 'string',
  media: 'object',
  legs: 'array',
  resolver: 'object',
  clock: 'object',
  random: 'object',
  tracer: 'function',
  expires: 0,
  userAgent: 'string',
  maxCalls: 1,
  messages: 'boolean',
}

/**
 * Refuses options that are misspelt, of another type, or bound nothing: a phone without its password says so much later, and
 * says something else.
 *
 * @throws {SipError} ERR_SIP_ARGUMENT that names the option
 */
export function checkPhoneOptions(options: PhoneOptions): void {
  checkOptions('createPhone', options, rules)
  const unknown = Object.keys(options).find((key) => !Object.hasOwn(rules, key))
  if (unknown !== undefined) {
    throw new SipError('ERR_SIP_ARGUMENT', `createPhone: there is no option '${unknown}'; see PhoneOptions`)
  }
  if (!options.aor)
    throw new SipError('ERR_SIP_ARGUMENT', "createPhone: 'aor' is missing, such as sip:alice@example.com")
  if (options.listen) checkOptions("'listen' of createPhone", options.listen, { host: 'string', port: 0 })
  if (options.tls) checkOptions("'tls' of createPhone", options.tls, { insecure: 'boolean' })
}
