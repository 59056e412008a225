import { type Dialog, dialogId } from './dialog.ts'

interface Entry<Owner> {
  readonly dialog: Dialog
  readonly owner: Owner
}

/** Ids of calls that are remembered after their end; the oldest goes. */
const REMEMBERED = 256

/** The live dialogs of an endpoint by Call-ID and both tags, each with the context it belongs to. */
export class DialogTable<Owner> {
  readonly #entries = new Map<string, Entry<Owner>>()
  readonly #ended = new Set<string>()
  readonly #order: string[] = []
  #turn = 0

  get size(): number {
    return this.#entries.size
  }

  add(dialog: Dialog, owner: Owner): void {
    this.#entries.set(dialog.id, { dialog, owner })
  }

  find(callId: string, localTag: string | undefined, remoteTag: string | undefined): Entry<Owner> | undefined {
    return this.#entries.get(dialogId(callId, localTag, remoteTag))
  }

  /** A call is over; for a while that is told from one that never was. */
  noteEnd({ id }: Dialog): void {
    // In a ring of its own: to find the first of a set, all that was deleted before it has to be passed by.
    const oldest = this.#order[this.#turn]
    if (oldest !== undefined) this.#ended.delete(oldest)
    this.#order[this.#turn] = id
    this.#turn = (this.#turn + 1) % REMEMBERED
    this.#ended.add(id)
  }

  hasEnded(callId: string, localTag: string | undefined, remoteTag: string | undefined): boolean {
    return this.#ended.has(dialogId(callId, localTag, remoteTag))
  }

  delete(dialog: Dialog): void {
    this.#entries.delete(dialog.id)
  }

  *[Symbol.iterator](): Iterator<Entry<Owner>> {
    yield* this.#entries.values()
  }
}
