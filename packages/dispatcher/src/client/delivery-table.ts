import type { DeliveryKey } from '../delivery-id.ts'

/** A request that is under way. */
interface Listed {
  readonly key: DeliveryKey
  readonly id: string
  /** Where it stands in the table. */
  place: number | undefined
  cancel(): boolean
  quiet(): boolean
}

/**
 * The requests that are under way. A Map of all would keep what has left it: each table that it outgrows points to the next
 * and to what it held, and where one of them has grown old, as long as a busy time lasts none of the calls behind it is freed
 * before the whole heap is gone through.
 */
export class DeliveryTable {
  readonly #all: Listed[] = []
  readonly #named = new Map<string, Listed>()

  add(delivery: Listed): void {
    delivery.place = this.#all.push(delivery) - 1
    if (typeof delivery.key === 'string') this.#named.set(delivery.key, delivery)
  }

  /** The last one takes its place. */
  delete(delivery: Listed): void {
    if (delivery.place === undefined) return
    const last = this.#all.pop()
    if (last && last !== delivery) {
      last.place = delivery.place
      this.#all[delivery.place] = last
    }
    delivery.place = undefined
    if (typeof delivery.key === 'string') this.#named.delete(delivery.key)
  }

  find(id: string): Listed | undefined {
    return this.#named.get(id) ?? this.#all.find((one) => one.id === id)
  }

  isNamed(name: string): boolean {
    return this.#named.has(name)
  }

  values(): Listed[] {
    return this.#all.slice()
  }
}
