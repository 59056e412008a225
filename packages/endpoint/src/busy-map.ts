/** So many may leave before the map is made anew, and no more are in it then: that costs less than a microsecond for each. */
const OFTEN = 1000

/**
 * A Map for what comes and goes quickly. A Map leaves each table that it has filled behind, pointing to the next one and to
 * what it held. Once one of them has grown old in a quiet time, the collector takes all that comes after it for as old, and
 * every call of a busy time is kept until the whole heap is gone through. A new Map is linked to none before it.
 */
export class BusyMap<Key, Value> {
  #map = new Map<Key, Value>()
  #left = 0

  get size(): number {
    return this.#map.size
  }

  get(key: Key): Value | undefined {
    return this.#map.get(key)
  }

  set(key: Key, value: Value): void {
    this.#map.set(key, value)
  }

  delete(key: Key): void {
    if (!this.#map.delete(key) || ++this.#left < OFTEN || this.#map.size > OFTEN) return
    this.#map = new Map(this.#map)
    this.#left = 0
  }

  clear(): void {
    this.#map.clear()
  }

  values(): IterableIterator<Value> {
    return this.#map.values()
  }
}
