/** What has to be closed at the end, in the opposite order it was opened in (AsyncDisposableStack, which Node 20 lacks). */
export class Cleanup {
  readonly #steps: (() => Promise<unknown>)[] = []

  defer(step: () => Promise<unknown>): void {
    this.#steps.push(step)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const step of this.#steps.splice(0).toReversed()) await step()
  }
}
