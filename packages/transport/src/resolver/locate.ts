import { SipError, type Random } from '@netsip/runtime'
import type { Hop } from './hop.ts'
import type { Target } from '../leg/leg.ts'
import { defaultPort, isSecure, type Protocol } from '../protocol.ts'
import { chooseProtocol } from './resolver.ts'
import { withServerName } from './server-name.ts'
import { targetAt } from '../target.ts'
import type { DnsClient, SrvRecord } from './dns-client.ts'
import { offeredServices, serviceName, type Service } from './naptr.ts'
import { orderServers } from './srv-order.ts'

/** More services, servers or addresses than this of one name are not looked at. */
const maxServices = 8
const maxServers = 20
const maxAddresses = 16

/** What finding servers takes. */
export interface LocateContext {
  dns: DnsClient
  protocols: readonly Protocol[]
  random: Random | undefined
}

/** Finds the servers of a name (RFC 3263 4), best first, each target once. Rejects only when the DNS does not answer. */
export async function locate(hop: Hop, context: LocateContext): Promise<Target[]> {
  const named = context.dns.local?.(hop.host)
  const targets =
    named || hop.port !== undefined ? await byAddress(hop, context) : ((await byService(hop, context)) ?? [])
  return unique(targets.map((target) => withServerName(target, hop)))
}

/** 4.2: a port in the URI, even 5060, means that there is nothing to ask but addresses. */
function byAddress(hop: Hop, context: LocateContext): Promise<Target[]> {
  const protocol = chooseProtocol(hop, context.protocols)
  return targetsOf(hop.host, protocol, hop.port ?? defaultPort(protocol), context)
}

async function byService(hop: Hop, context: LocateContext): Promise<Target[]> {
  const offered = hop.transport ? [] : await naptrServices(hop, context)
  if (offered.length > 0) {
    const found = await Promise.all(offered.map((service) => serviceTargets(service, context)))
    const targets = found.flatMap((answer) => answer ?? [])
    if (targets.length > 0) return targets
  }
  const services = constructed(hop, context.protocols)
  const answers = await Promise.all(services.map((service) => serviceTargets(service, context)))
  // RFC 3263 4.2: with no SRV record at all the name itself is the server.
  if (answers.every((answer) => answer === undefined)) return byAddress(hop, context)
  return answers.flatMap((answer) => answer ?? [])
}

async function naptrServices(hop: Hop, { dns, protocols }: LocateContext): Promise<Service[]> {
  // Some name servers fail at NAPTR: then it is as if there were none.
  const records = await dns.naptr(hop.host).catch(() => [])
  return offeredServices(records, hop, protocols).slice(0, maxServices)
}

/** 4.1: one SRV name for each transport we speak and the hop allows. */
function constructed(hop: Hop, protocols: readonly Protocol[]): Service[] {
  const wanted = hop.transport
    ? [chooseProtocol(hop, protocols)]
    : (['udp', 'tcp', 'tls'] as const).filter((p) => protocols.includes(p) && (!hop.secure || isSecure(p)))
  return wanted.flatMap((protocol) => {
    const name = serviceName(protocol, hop.host)
    return name === undefined ? [] : [{ protocol, name }]
  })
}

/** The targets of one service; `undefined` when it has no SRV record, empty when its records say "no such service". */
async function serviceTargets({ protocol, name }: Service, context: LocateContext): Promise<Target[] | undefined> {
  const records = await context.dns.srv(name).catch((): readonly SrvRecord[] => [])
  if (records.length === 0) return undefined
  const servers = orderServers(records, context.random).filter((server) => !/^\.?$/.test(server.target))
  const targets = await Promise.all(
    servers.slice(0, maxServers).map((server) =>
      // One server without addresses must not hide the others.
      targetsOf(server.target, protocol, server.port, context).catch((): Target[] => []),
    ),
  )
  return targets.flat()
}

async function targetsOf(host: string, protocol: Protocol, port: number, context: LocateContext): Promise<Target[]> {
  const addresses = context.dns.local?.(host) ?? (await queriedAddresses(host, context.dns))
  return addresses.slice(0, maxAddresses).map((address) => targetAt(protocol, address, port))
}

/** A and AAAA at once (RFC 7984 4). One of them failing does not matter while the other has addresses. */
async function queriedAddresses(host: string, dns: DnsClient): Promise<string[]> {
  const [v4, v6] = await Promise.allSettled([dns.ipv4(host), dns.ipv6(host)])
  const found = (dns.prefersIpv6?.() ? [v6, v4] : [v4, v6]).flatMap((answer) =>
    answer.status === 'fulfilled' ? answer.value.map((record) => record.address) : [],
  )
  const failed = [v4, v6].find((answer) => answer.status === 'rejected')
  if (found.length === 0 && failed) {
    throw new SipError('ERR_SIP_UNRESOLVED', `the DNS does not say where ${host} is`, { cause: failed.reason })
  }
  return found
}

function unique(targets: readonly Target[]): Target[] {
  const first = new Map<string, Target>()
  for (const target of targets) {
    const key = `${target.protocol}|${target.addr}|${target.port}`
    if (!first.has(key)) first.set(key, target)
  }
  return [...first.values()]
}
