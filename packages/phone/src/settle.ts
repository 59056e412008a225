/** A promise that others settle. A rejection nobody waits for is not an unhandled one. */
export class Deferred<T> {
  readonly promise: Promise<T>
  resolve!: (value: T) => void
  reject!: (error: Error) => void

  constructor() {
    this.promise = handled(
      new Promise<T>((resolve, reject) => {
        this.resolve = resolve
        this.reject = reject
      }),
    )
  }
}

/** Promises that wait for a peer's word: when the phone has closed none will come. */
export class Waiting {
  readonly #rejects = new Set<(error: Error) => void>()

  /** Settles as the promise does, or rejects when it is given up. */
  async until<T>(promise: Promise<T>): Promise<T> {
    const { promise: settled, resolve, reject } = new Deferred<T>()
    this.#rejects.add(reject)
    promise.then(resolve, reject)
    try {
      return await settled
    } finally {
      this.#rejects.delete(reject)
    }
  }

  giveUp(error: Error): void {
    for (const reject of this.#rejects) reject(error)
  }
}

/**
 * Lets the caller leave a promise alone, as `phone.on('call', (call) => call.answer())` does: its rejection is there for
 * those who wait, and ends no process.
 */
export function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}
