import { type Dialog, dialogId } from './dialog.ts'

interface Entry<Owner> {
  readonly dialog: Dialog
  readonly owner: Owner
}

/** The live dialogs of an endpoint by Call-ID and both tags, each with the context it belongs to. */
export class DialogTable<Owner> {
  readonly #entries = new Map<string, Entry<Owner>>()

  get size(): number {
    return this.#entries.size
  }

  add(dialog: Dialog, owner: Owner): void {
    this.#entries.set(dialog.id, { dialog, owner })
  }

  find(callId: string, localTag: string | undefined, remoteTag: string | undefined): Entry<Owner> | undefined {
    return this.#entries.get(dialogId(callId, localTag, remoteTag))
  }

  delete(dialog: Dialog): void {
    this.#entries.delete(dialog.id)
  }

  *[Symbol.iterator](): Iterator<Entry<Owner>> {
    yield* this.#entries.values()
  }
}
