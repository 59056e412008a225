import { Dispatcher } from '@netsip/dispatcher'
import { Endpoint } from '@netsip/endpoint'
import { codecNames } from '@netsip/media'
import { SipUri } from '@netsip/message'
import { type Clock, SipError, systemClock, systemRandom } from '@netsip/runtime'
import type { Leg } from '@netsip/transport'
import { checkPhoneOptions } from './check-phone-options.ts'
import type { PhoneOptions } from './phone-options.ts'
import { Phone } from './phone.ts'
import type { Opened, Platform } from './platform/platform.ts'

const methods = ['INVITE', 'ACK', 'CANCEL', 'BYE', 'OPTIONS', 'PRACK', 'UPDATE', 'INFO', 'REFER', 'NOTIFY']

/** Sockets and RTP are loaded only where they are used: who hands in legs and media runs without Node. */
async function platform(): Promise<Platform> {
  const { nodePlatform } = await import('./platform/node-platform.ts')
  return nodePlatform
}

function sipUri(text: string, key: string): SipUri {
  try {
    return SipUri.parse(/^sips?:/i.test(text) ? text : `sip:${text}`)
  } catch (cause) {
    throw new SipError('ERR_SIP_ARGUMENT', `'${key}' is no SIP address: ${JSON.stringify(text)}`, { cause })
  }
}

async function open(options: PhoneOptions, towards: SipUri | undefined, clock: Clock): Promise<Opened> {
  const { transport = 'udp', listen, tls, webSocket } = options
  const here = await platform()
  const opened = await here.listen({
    transport,
    ...listen,
    ...(towards && { towards }),
    ...(tls && { tls }),
    ...(webSocket && { webSocket }),
    clock,
  })
  return { resolver: here.resolver(), ...opened }
}

/** Media of one's own may have other codecs. */
function checkCodecs({ codecs = [], media }: PhoneOptions): void {
  const missing = codecs.find((name) => !codecNames.includes(name.toUpperCase()))
  if (missing !== undefined && media === undefined)
    throw new SipError('ERR_SIP_ARGUMENT', `there is no codec ${missing}, only ${codecNames.join(' and ')}`)
}

/** The address that sound is bound to. A WebSocket client has none of its own (RFC 7118 5): every one will do. */
function mediaHost({ local }: Leg): string {
  return local.host.endsWith('.invalid') ? '0.0.0.0' : local.host
}

/**
 * Makes a phone: opens its leg and is ready to register, call and be called.
 *
 * @throws {SipError} ERR_SIP_ARGUMENT for an option that cannot be used, ERR_SIP_REFUSED when the address to listen on is
 * taken or not ours
 */
export async function createPhone(options: PhoneOptions): Promise<Phone> {
  checkPhoneOptions(options)
  const aor = sipUri(options.aor, 'aor')
  if (!aor.user)
    throw new SipError(
      'ERR_SIP_ARGUMENT',
      `'aor' is both user and domain, such as alice@example.com, not ${options.aor}`,
    )
  checkCodecs(options)
  const proxy = options.proxy === undefined ? undefined : sipUri(options.proxy, 'proxy')
  const registrar = options.registrar === undefined ? undefined : sipUri(options.registrar, 'registrar')
  const { clock = systemClock, random = systemRandom, legs: given = [] } = options
  const towards = proxy ?? registrar ?? (options.towards === undefined ? undefined : sipUri(options.towards, 'towards'))
  const opened = given.length === 0 ? await open(options, towards, clock) : undefined
  const own = opened ? [opened.leg] : []
  const legs = opened ? own : given
  const resolver = options.resolver ?? opened?.resolver
  const dispatcher = new Dispatcher({
    legs,
    clock,
    random,
    ...(resolver && { resolver }),
    ...(proxy && { outboundProxy: proxy }),
    ...(options.tracer && { tracer: options.tracer }),
  })
  return new Phone({
    aor,
    registrar:
      registrar ??
      new SipUri({ scheme: aor.scheme, host: aor.host, ...(aor.port !== undefined && { port: aor.port }) }),
    proxy,
    options,
    dispatcher,
    endpoint: new Endpoint(dispatcher, {
      userAgent: options.userAgent ?? 'netsip',
      allow: options.messages === false ? methods : [...methods, 'MESSAGE'],
    }),
    media: options.media ?? (await platform()).media({ host: mediaHost(legs[0]!), clock, random }),
    own,
  })
}
