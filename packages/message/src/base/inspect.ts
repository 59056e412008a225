const inspect = Symbol.for('nodejs.util.inspect.custom')

/** Sets what `console.log` of Node, Deno and Bun shows for the objects of a class, after its name, and what they are in JSON; both
 * would not see private fields. What moves the cursor of a terminal is escaped, and the password of a URI masked. */
export function showAs<T extends object>(prototype: T, name: string, show: (value: T) => string): void {
  const toJSON = function (this: T): string {
    return readable(show(this))
  }
  const shown = function (this: T): string {
    return name + toJSON.call(this)
  }
  Object.defineProperties(prototype, { [inspect]: { value: shown }, toJSON: { value: toJSON } })
}

/**
 * The password of sip:user:password@host (RFC 3261 19.1.1) or http://user:password@host is masked, what moves the cursor of a terminal
 * escaped. Where nothing ends it for longer than a password is, all of it is masked: to look on would take time that grows with its square.
 */
export function readable(text: string): string {
  return text
    .replace(/((?:sips?:|:\/\/)[^\s:@<>]+):(?:[^\s@<>]{0,256}@|[^\s@<>]{257,}@?)/gi, '$1:***@')
    .replace(/[\0-\x1f\x7f-\x9f\u2028\u2029]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
