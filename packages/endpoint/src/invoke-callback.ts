/** A function that takes the arguments `A`; written as a method so that a caller may declare a narrower argument type. */
export type CallbackFunction<A extends readonly unknown[]> = { call(...args: A): unknown }['call']

/** Everything {@link invokeCallback} can call. The forms are those of Net::SIP::Util. */
export type Callback<A extends readonly unknown[] = readonly unknown[]> =
  | CallbackFunction<A>
  | readonly [run: (...args: never[]) => unknown, ...bound: unknown[]]
  | { run(...args: A): unknown }
  | RegExp
  | { value: unknown }

type Loose = (...args: unknown[]) => unknown

/**
 * Calls a callback of any form and returns what it returns.
 *
 * - a function is called with `args`;
 * - an array `[run, ...bound]` calls `run(...bound, ...args)`;
 * - an object with a `run` method calls `object.run(...args)`;
 * - a `RegExp` is not called: the result says whether any text or number among `args` matches it;
 * - a box `{ value }` gets the first of `args`, or `true` when there is none, which makes it a stop variable.
 *
 * `undefined` and `null` do nothing. Anything else throws a `TypeError`.
 */
export function invokeCallback<A extends readonly unknown[]>(
  callback: Callback<A> | null | undefined,
  ...args: A
): unknown {
  if (callback === undefined || callback === null) return undefined
  if (typeof callback === 'function') return (callback as unknown as Loose)(...args)
  if (Array.isArray(callback)) return invokeBound(callback as readonly unknown[], args)
  if (callback instanceof RegExp) return args.some((arg) => matches(callback, arg))
  const form = Object(callback) as { run?: unknown; value?: unknown }
  if (typeof form.run === 'function') return (form as { run: Loose }).run(...args)
  if ('value' in form) return (form.value = args.length > 0 ? args[0] : true)
  throw notCallback()
}

function notCallback(): TypeError {
  return new TypeError('not a callback: use a function, [function, ...bound], { run }, a RegExp or { value }')
}

function invokeBound(callback: readonly unknown[], args: readonly unknown[]): unknown {
  const [run, ...bound] = callback
  if (typeof run !== 'function') throw notCallback()
  return (run as Loose)(...bound, ...args)
}

function matches(pattern: RegExp, arg: unknown): boolean {
  if (typeof arg !== 'string' && typeof arg !== 'number') return false
  pattern.lastIndex = 0
  return pattern.test(String(arg))
}
