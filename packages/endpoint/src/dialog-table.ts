import { BusyMap } from './busy-map.ts'
import { type Dialog, dialogId } from './dialog.ts'

interface Entry<Owner> {
  readonly dialog: Dialog
  readonly owner: Owner
}

/** Calls that are remembered after their end; the oldest goes. */
const REMEMBERED = 256

/** The live dialogs of an endpoint by Call-ID and both tags, each with the context it belongs to. */
export class DialogTable<Owner> {
  // By our tag, which is of our making: it has one dialog, or those of the forks of one request.
  readonly #byTag = new BusyMap<string, Entry<Owner>[]>()
  readonly #ended: string[] = []
  #turn = 0
  #size = 0

  get size(): number {
    return this.#size
  }

  add(dialog: Dialog, owner: Owner): void {
    this.delete(dialog)
    const entry = { dialog, owner }
    const same = this.#byTag.get(dialog.localTag)
    if (same === undefined) this.#byTag.set(dialog.localTag, [entry])
    else same.push(entry)
    this.#size++
  }

  find(callId: string, localTag = '', remoteTag = ''): Entry<Owner> | undefined {
    return this.#byTag.get(localTag)?.find(({ dialog }) => dialog.callId === callId && dialog.remoteTag === remoteTag)
  }

  /** A call is over; for a while that is told from one that never was. */
  noteEnd({ id }: Dialog): void {
    this.#ended[this.#turn] = id
    this.#turn = (this.#turn + 1) % REMEMBERED
  }

  hasEnded(callId: string, localTag: string | undefined, remoteTag: string | undefined): boolean {
    return this.#ended.includes(dialogId(callId, localTag, remoteTag))
  }

  delete({ callId, localTag, remoteTag }: Dialog): void {
    const same = this.#byTag.get(localTag)
    const at = same?.findIndex(({ dialog }) => dialog.callId === callId && dialog.remoteTag === remoteTag) ?? -1
    if (same === undefined || at < 0) return
    same.splice(at, 1)
    if (same.length === 0) this.#byTag.delete(localTag)
    this.#size--
  }

  *[Symbol.iterator](): Iterator<Entry<Owner>> {
    for (const same of this.#byTag.values()) yield* same
  }
}
