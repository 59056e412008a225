import { checkOptions, type OptionRule, type OptionRules, SipError } from '@netsip/runtime'
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

const listenRules: OptionRules = { host: 'string', port: 0 }

/**
 * Refuses options that are misspelt, of another type, or bound nothing: a phone without its password says so much later, and
 * says something else.
 *
 * @throws {SipError} ERR_SIP_ARGUMENT that names the option
 */
export function checkPhoneOptions(options: PhoneOptions): void {
  checkOptions('createPhone', options, rules)
  refuseUnknown('createPhone', options, rules)
  if (!options.aor)
    throw new SipError('ERR_SIP_ARGUMENT', "createPhone: 'aor' is missing, such as sip:alice@example.com")
  if (options.listen) {
    checkOptions("'listen' of createPhone", options.listen, listenRules)
    refuseUnknown("'listen' of createPhone", options.listen, listenRules)
  }
  if (options.tls) checkOptions("'tls' of createPhone", options.tls, { insecure: 'boolean' })
  // Anything else would be sound in the clear, for who meant to have it sealed.
  const { srtp } = options
  if (srtp !== undefined && srtp !== 'off' && srtp !== 'sdes')
    throw new SipError('ERR_SIP_ARGUMENT', `createPhone: 'srtp' is off or sdes, not ${String(srtp)}`)
}

function refuseUnknown(of: string, options: object, known: OptionRules): void {
  const unknown = Object.keys(options).find((key) => !Object.hasOwn(known, key))
  if (unknown !== undefined)
    throw new SipError('ERR_SIP_ARGUMENT', `${of}: there is no option '${unknown}'; see PhoneOptions`)
}
