import type { Hop, Resolver, Target } from '@netsip/transport'
import type { Rig } from './rig.ts'

export function udpTarget(addr: string, protocol: Target['protocol'] = 'udp'): Target {
  return { protocol, addr, port: 5060, family: 'IPv4' }
}

/** Where the leg of a rig has sent to. */
export function targetsOf(rig: Rig): string[] {
  return rig.leg.sent.map(({ target }) => `${target.addr}:${target.port}`)
}

/** Resolves everything to the same targets, and remembers what it was asked and told. */
export class TestResolver implements Resolver {
  readonly asked: Hop[] = []
  readonly avoided: string[] = []
  readonly #targets: Target[]

  constructor(...addrs: string[]) {
    this.#targets = addrs.map((addr) => udpTarget(addr))
  }

  resolve(hop: Hop): Target[] {
    this.asked.push(hop)
    return [...this.#targets]
  }

  avoid(failed: Target, ms?: number): void {
    this.avoided.push(`${failed.addr} ${ms}`)
  }
}
