import { BusyMap } from './busy-map.ts'

/** What is found by a name that several may share, and nearly always only one has. */
export class BusyLists<Value> {
  readonly #lists = new BusyMap<string, Value[]>()
  size = 0

  of(name: string): readonly Value[] {
    return this.#lists.get(name) ?? []
  }

  add(name: string, value: Value): void {
    const list = this.#lists.get(name)
    if (list === undefined) this.#lists.set(name, [value])
    else list.push(value)
    this.size++
  }

  delete(name: string, value: Value): void {
    const list = this.#lists.get(name) ?? []
    const at = list.indexOf(value)
    if (at < 0) return
    list.splice(at, 1)
    if (list.length === 0) this.#lists.delete(name)
    this.size--
  }

  *[Symbol.iterator](): Iterator<Value> {
    for (const list of this.#lists.values()) yield* list
  }
}
