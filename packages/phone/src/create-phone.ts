import { Dispatcher } from '@netsip/dispatcher'
import { Endpoint } from '@netsip/endpoint'
import { codecNames, type MediaBackend } from '@netsip/media'
import { SipUri } from '@netsip/message'
import { type Clock, type Random, SipError, systemClock, systemRandom } from '@netsip/runtime'
import type { Leg } from '@netsip/transport'
import { checkPhoneOptions } from './check-phone-options.ts'
import type { PhoneOptions } from './phone-options.ts'
import { Phone } from './phone.ts'
import type { Opened, Platform } from './platform/platform.ts'

const methods = ['INVITE', 'ACK', 'CANCEL', 'BYE', 'OPTIONS', 'PRACK', 'UPDATE', 'INFO', 'REFER', 'NOTIFY']

/** Sockets and RTP are loaded only where they are used; bundlers for browsers put browser-platform.ts in their place. */
async function loadPlatform(): Promise<Platform> {
  const { platform } = await import('./platform/node-platform.ts')
  return platform
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
  const platform = await loadPlatform()
  return platform.listen({
    transport,
    ...listen,
    ...(towards && { towards }),
    ...(tls && { tls }),
    ...(webSocket && { webSocket }),
    clock,
  })
}

/** A media backend that is handed in may have other codecs. */
function checkCodecs({ codecs = [], media }: PhoneOptions): void {
  const missing = codecs.find((name) => !codecNames.includes(name.toUpperCase()))
  if (missing !== undefined && media === undefined)
    throw new SipError('ERR_SIP_ARGUMENT', `there is no codec ${missing}, only ${codecNames.join(' and ')}`)
}

/** The address that sound is bound to. A WebSocket client has none of its own (RFC 7118 5): every one will do. */
function mediaHost({ local }: Leg): string {
  return local.host.endsWith('.invalid') ? '0.0.0.0' : local.host
}

/** The media of this machine; a leg that was opened for nothing is closed where there is none. */
async function ownMedia(leg: Leg, own: readonly Leg[], given: { clock: Clock; random: Random }): Promise<MediaBackend> {
  try {
    return (await loadPlatform()).media({ host: mediaHost(leg), ...given })
  } catch (error) {
    await Promise.all(own.map((one) => one.close()))
    throw error
  }
}

/**
 * Makes a phone: opens its leg and is ready to register, call and be called.
 *
 * @throws {SipError} ERR_SIP_ARGUMENT for an option that cannot be used, ERR_SIP_LISTEN when the address to listen on is taken
 * or not ours, ERR_SIP_REFUSED when the server of a WebSocket phone cannot be reached
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
  const media = options.media ?? (await ownMedia(legs[0]!, own, { clock, random }))
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
    media,
    own,
  })
}
