export { fixedAddressing } from './leg/addressing.ts'
export type { Addressing, Advertise } from './leg/addressing.ts'
export { AvoidList } from './resolver/avoid-list.ts'
export { hopOf } from './resolver/hop.ts'
export type { Hop } from './resolver/hop.ts'
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
export type { KeepAliveOptions, StopKeepAlive } from './keepalive/keep-alive.ts'
export { formatLadder } from './ladder.ts'
export type { LadderEvent, LadderFormat } from './ladder.ts'
export type { Flow, Leg, LegCriteria, LegEvents, LocalAddress, SendSink, Source, Target } from './leg/leg.ts'
export type { LegLimits } from './leg/leg-limits.ts'
export { defaultPort, isReliable, isSecure, parseProtocol } from './protocol.ts'
export type { Family, Protocol } from './protocol.ts'
export { applyReceived } from './received.ts'
export { literalResolver } from './resolver/resolver.ts'
export type { Resolver } from './resolver/resolver.ts'
export { responseTarget } from './response-target.ts'
export type { AddressRecord, DnsClient, NaptrRecord, SrvRecord } from './resolver/dns-client.ts'
export type { CacheLimits } from './resolver/caching-dns.ts'
export { rfc3263Resolver } from './resolver/rfc3263-resolver.ts'
export type { Rfc3263Options } from './resolver/rfc3263-resolver.ts'
export { sourceOf } from './source.ts'
export { staticResolver } from './resolver/static-resolver.ts'
export type { StaticResolverOptions, StaticServer, StaticTable } from './resolver/static-resolver.ts'
export { describeTarget, targetAt, targetOf } from './target.ts'
export type { WebSocketConstructor, WebSocketLike } from './ws/web-socket.ts'
export { connectWs } from './ws/ws-client-leg.ts'
export type { ConnectWsOptions, WsClientLeg } from './ws/ws-client-leg.ts'
