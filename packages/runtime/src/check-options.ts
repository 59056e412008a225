import { SipError } from './sip-error.ts'

/** What an option has to be: a number not less than this one, an array, or what `typeof` says of it. */
export type OptionRule = number | 'array' | 'string' | 'boolean' | 'function' | 'object'

/** The rules of options by name. */
export type OptionRules = Readonly<Record<string, OptionRule>>

/**
 * What is wrong with options, for a person; `undefined` when nothing is. An option that is left out, `undefined` or `null`
 * passes, and so does one without a rule. No value but a number is repeated: it may be a secret.
 */
export function objectionTo(options: object, rules: OptionRules): string | undefined {
  if (!fits(options, 'object')) return `options must be an object, not ${kindOf(options)}`
  for (const [name, rule] of Object.entries(rules)) {
    const value = (options as Readonly<Record<string, unknown>>)[name]
    if (value === undefined || value === null || fits(value, rule)) continue
    const wanted = typeof rule === 'number' ? `a number from ${rule} up` : `of type ${rule}`
    return `'${name}' must be ${wanted}, not ${typeof rule === 'number' && typeof value === 'number' ? value : kindOf(value)}`
  }
  return undefined
}

/**
 * Refuses options where they are handed in: a bound that is NaN would be none at all, and a wrong type would fail somewhere
 * deep inside, much later.
 *
 * @param of - whose options they are, such as `new Endpoint`
 * @throws SipError `ERR_SIP_ARGUMENT` that names the first that cannot be
 */
export function checkOptions(of: string, options: object, rules: OptionRules): void {
  const objection = objectionTo(options, rules)
  if (objection !== undefined) throw new SipError('ERR_SIP_ARGUMENT', `${of}: ${objection}`)
}

function fits(value: unknown, rule: OptionRule): boolean {
  if (typeof rule === 'number') return typeof value === 'number' && value >= rule
  return kindOf(value) === rule
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}
