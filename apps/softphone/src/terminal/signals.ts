import type { Io } from './io.ts'

/** How long cleaning up may take after Ctrl+C, milliseconds: a peer that does not answer must not hold the terminal. */
export const graceMs = 4000

/** The same for a peer that has never said a word. */
export const silentGraceMs = 1000

/** The first Ctrl+C asks to clean up (`signal` aborts), the second ends the process at once with 130. */
export class Interrupts {
  readonly #controller = new AbortController()
  readonly #off: () => void

  constructor(io: Io) {
    this.#off = io.onInterrupt(() => {
      if (this.#controller.signal.aborted) io.abort(130)
      else this.#controller.abort()
    })
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Resolves at Ctrl+C. */
  get interrupted(): Promise<void> {
    return aborted(this.signal)
  }

  [Symbol.dispose](): void {
    this.#off()
  }
}

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

/** Waits this long, or until the signal aborts. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done, { once: true })
    if (signal?.aborted) done()
  })
}

/** Waits for the promise, but no longer than the grace. Rejections count as done. */
export async function withinGrace(promise: Promise<unknown>, ms: number = graceMs): Promise<void> {
  const over = new AbortController()
  await Promise.race([
    promise.then(
      () => {},
      () => {},
    ),
    pause(ms, over.signal),
  ])
  over.abort()
}

/** Says so, once, when nothing has come of it after a while. */
export function whileWaiting(promise: Promise<unknown>, say: () => void, ms: number = 5000): void {
  const over = new AbortController()
  const end = (): void => over.abort()
  promise.then(end, end)
  void pause(ms, over.signal).then(() => over.signal.aborted || say())
}
