import type { Params } from '../values/params.ts'

/** The `q` parameter, 0 to 1 with at most three decimals (RFC 3261 25.1); undefined when missing or malformed. */
export function parseQ(params: Params): number | undefined {
  const text = params.get('q')
  return text !== undefined && /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(text) ? Number(text) : undefined
}
