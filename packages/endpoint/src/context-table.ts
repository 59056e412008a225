import { BusyMap } from './busy-map.ts'
import { type Context, inside } from './context.ts'

/** The active contexts of an endpoint by Call-ID. A Call-ID may have several: forks, spirals, a call to oneself. */
export class ContextTable {
  readonly #byCallId = new BusyMap<string, Context[]>()
  #size = 0

  get size(): number {
    return this.#size
  }

  add(ctx: Context): void {
    const same = this.#byCallId.get(ctx.callId)
    if (same === undefined) this.#byCallId.set(ctx.callId, [ctx])
    else same.push(ctx)
    this.#size += 1
  }

  delete(ctx: Context): boolean {
    const same = this.#byCallId.get(ctx.callId)
    const at = same?.indexOf(ctx) ?? -1
    if (same === undefined || at < 0) return false
    same.splice(at, 1)
    if (same.length === 0) this.#byCallId.delete(ctx.callId)
    this.#size -= 1
    return true
  }

  has(ctx: Context): boolean {
    return this.#byCallId.get(ctx.callId)?.includes(ctx) ?? false
  }

  byCallId(callId: string): readonly Context[] {
    return this.#byCallId.get(callId) ?? []
  }

  /** The context with this Call-ID and our tag. */
  find(callId: string, localTag: string | undefined): Context | undefined {
    return this.byCallId(callId).find((ctx) => inside(ctx).local.tag === localTag)
  }

  *[Symbol.iterator](): Iterator<Context> {
    for (const same of this.#byCallId.values()) yield* same
  }
}
