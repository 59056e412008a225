export { fixedAddressing } from './addressing.ts'
export type { Addressing, Advertise } from './addressing.ts'
export { AvoidList } from './avoid-list.ts'
export { hopOf } from './hop.ts'
export type { Hop } from './hop.ts'
export {
  bracketed,
  canonicalHost,
  hostPort,
  ipFamily,
  isLoopback,
  isMulticast,
  isUnspecified,
  networkOf,
  parseIp,
  sameHost,
  stripBrackets,
} from './ip.ts'
export type { KeepAliveOptions, StopKeepAlive } from './keep-alive.ts'
export { formatLadder } from './ladder.ts'
export type { LadderEvent, LadderFormat } from './ladder.ts'
export type { Flow, Leg, LegCriteria, LegEvents, LocalAddress, SendSink, Source, Target } from './leg.ts'
export type { LegLimits } from './leg-limits.ts'
export { defaultPort, isReliable, isSecure, parseProtocol } from './protocol.ts'
export type { Family, Protocol } from './protocol.ts'
export { applyReceived } from './received.ts'
export { literalResolver } from './resolver.ts'
export type { Resolver } from './resolver.ts'
export { responseTarget } from './response-target.ts'
export type { AddressRecord, DnsClient, NaptrRecord, SrvRecord } from './rfc3263/dns-client.ts'
export type { CacheLimits } from './rfc3263/caching-dns.ts'
export { rfc3263Resolver } from './rfc3263/rfc3263-resolver.ts'
export type { Rfc3263Options } from './rfc3263/rfc3263-resolver.ts'
export { sourceOf } from './source.ts'
export { staticResolver } from './static-resolver.ts'
export type { StaticResolverOptions, StaticServer, StaticTable } from './static-resolver.ts'
export { describeTarget, targetAt, targetOf } from './target.ts'
export type { WebSocketConstructor, WebSocketLike } from './ws/web-socket.ts'
export { connectWs } from './ws/ws-client-leg.ts'
export type { ConnectWsOptions, WsClientLeg } from './ws/ws-client-leg.ts'
