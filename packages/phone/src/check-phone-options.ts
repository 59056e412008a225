import { checkOptions, type RulesOf, SipError } from '@netsip/runtime'
import type { PhoneOptions, TlsTrust } from './phone-options.ts'

const rules: RulesOf<PhoneOptions> = {
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

const listenRules: RulesOf<NonNullable<PhoneOptions['listen']>> = { host: 'string', port: 0 }
const tlsRules: RulesOf<TlsTrust> = { ca: 'any', cert: 'any', key: 'any', insecure: 'boolean' }

/**
 * Refuses options that are misspelt, of another type, or bound nothing: a phone without its password says so much later, and
 * says something else.
 *
 * @throws {SipError} ERR_SIP_ARGUMENT that names the option
 */
export function checkPhoneOptions(options: PhoneOptions): void {
  checkOptions('createPhone', options, rules)
  if (!options.aor)
    throw new SipError('ERR_SIP_ARGUMENT', "createPhone: 'aor' is missing, such as sip:alice@example.com")
  if (options.listen) checkOptions("'listen' of createPhone", options.listen, listenRules)
  if (options.tls) checkOptions("'tls' of createPhone", options.tls, tlsRules)
  // Anything else would be sound in the clear, for who meant to have it sealed.
  const { srtp } = options
  if (srtp !== undefined && srtp !== 'off' && srtp !== 'sdes')
    throw new SipError('ERR_SIP_ARGUMENT', `createPhone: 'srtp' is off or sdes, not ${String(srtp)}`)
}
