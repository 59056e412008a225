import { BusyLists } from '../busy-lists.ts'
import { type Context, inside } from './context.ts'

/** The active contexts of an endpoint by Call-ID. A Call-ID may have several: forks, spirals, a call to oneself. */
export class ContextTable {
  readonly #byCallId = new BusyLists<Context>()

  get size(): number {
    return this.#byCallId.size
  }

  add(ctx: Context): void {
    this.#byCallId.add(ctx.callId, ctx)
  }

  delete(ctx: Context): void {
    this.#byCallId.delete(ctx.callId, ctx)
  }

  byCallId(callId: string): readonly Context[] {
    return this.#byCallId.of(callId)
  }

  /** The context with this Call-ID and our tag. */
  find(callId: string, localTag: string | undefined): Context | undefined {
    return this.byCallId(callId).find((ctx) => inside(ctx).local.tag === localTag)
  }

  [Symbol.iterator](): Iterator<Context> {
    return this.#byCallId[Symbol.iterator]()
  }
}
