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

/**
 * Lets the caller leave a promise alone, as `phone.on('call', (call) => call.answer())` does: its rejection is there for
 * those who wait, and ends no process.
 */
export function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}
