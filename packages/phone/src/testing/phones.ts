import { memoryBackend, MemoryPacketNetwork } from '@netsip/media'
import { SeededRandom, VirtualClock } from '@netsip/runtime/testing'
import { MemoryNetwork, type MemoryNetworkOptions } from '@netsip/transport/testing'
import { createPhone } from '../create-phone.ts'
import type { PhoneOptions } from '../phone-options.ts'
import type { Phone } from '../phone.ts'

/** Phones on a network in memory and a clock that the test moves: no socket, no waiting. */
export class PhoneLab {
  readonly clock: VirtualClock = new VirtualClock()
  readonly random: SeededRandom
  readonly network: MemoryNetwork
  readonly packets: MemoryPacketNetwork
  readonly #phones: Phone[] = []

  constructor(options: Partial<MemoryNetworkOptions> & { seed?: number } = {}) {
    const { seed = 1, ...links } = options
    this.random = new SeededRandom(seed)
    const hosts = { alice: '10.0.0.1', bob: '10.0.0.2', carol: '10.0.0.3' }
    this.network = new MemoryNetwork({ clock: this.clock, random: this.random, delay: 5, hosts, ...links })
    this.packets = new MemoryPacketNetwork({ clock: this.clock, delayMs: 5 })
  }

  /** A phone of this name at this address. */
  async phone(user: string, host: string, options: Partial<PhoneOptions> = {}): Promise<Phone> {
    const phone = await createPhone({
      aor: `sip:${user}@${host}`,
      legs: [this.network.listen({ host })],
      resolver: this.network.resolver,
      media: memoryBackend(this.packets, { host, clock: this.clock, random: this.random }),
      clock: this.clock,
      random: this.random,
      ...options,
    })
    this.#phones.push(phone)
    return phone
  }

  /** Alice, who calls, and Bob. */
  async pair(alice: Partial<PhoneOptions> = {}, bob: Partial<PhoneOptions> = {}): Promise<[Phone, Phone]> {
    return [await this.phone('alice', '10.0.0.1', alice), await this.phone('bob', '10.0.0.2', bob)]
  }

  /** Lets time pass until the promise settles. */
  async until<T>(promise: Promise<T>, limitMs = 60_000): Promise<T> {
    const pending = { yes: true }
    const done = promise.catch(() => {}).finally(() => (pending.yes = false))
    for (let passed = 0; pending.yes && passed < limitMs; passed += 5) await this.clock.advanceAsync(5)
    if (pending.yes) throw new Error(`nothing settled within ${limitMs} ms`)
    await done
    return promise
  }

  /** Closes every phone; what is left then would be a leak. */
  async close(): Promise<{ timers: number; packetSockets: number }> {
    for (const phone of this.#phones) await this.until(phone.close())
    await this.clock.advanceAsync(64_000)
    return { timers: this.clock.pending, packetSockets: this.packets.size }
  }
}
