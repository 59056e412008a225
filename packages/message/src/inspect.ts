const inspect = Symbol.for('nodejs.util.inspect.custom')

/** Sets what `console.log` of Node, Deno and Bun shows for the objects of a class; it would not see private fields. */
export function showAs<T extends object>(prototype: T, show: (value: T) => string): void {
  Object.defineProperty(prototype, inspect, {
    value(this: T) {
      return show(this)
    },
  })
}
