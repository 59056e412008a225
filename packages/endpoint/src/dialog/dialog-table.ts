import { BusyLists } from '../busy-lists.ts'
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
  readonly #byTag = new BusyLists<Entry<Owner>>()
  readonly #ended: string[] = []
  #turn = 0

  get size(): number {
    return this.#byTag.size
  }

  add(dialog: Dialog, owner: Owner): void {
    this.delete(dialog)
    this.#byTag.add(dialog.localTag, { dialog, owner })
  }

  find(callId: string, localTag = '', remoteTag = ''): Entry<Owner> | undefined {
    return this.#byTag.of(localTag).find(({ dialog }) => dialog.callId === callId && dialog.remoteTag === remoteTag)
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
    const entry = this.find(callId, localTag, remoteTag)
    if (entry !== undefined) this.#byTag.delete(localTag, entry)
  }
}
