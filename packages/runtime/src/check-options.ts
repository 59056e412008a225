import { SipError } from './sip-error.ts'

/** What an option has to be: a number not less than this one, an array, what `typeof` says of it, or `any` of these. */
export type OptionRule = number | 'array' | 'string' | 'boolean' | 'function' | 'object' | 'any'

/** The rules of options by name. What is not among them is no option. */
export type OptionRules = Readonly<Record<string, OptionRule>>

/** The rules of all that `Options` may hold: the compiler finds the one that is missing. */
export type RulesOf<Options> = Readonly<Record<keyof Options, OptionRule>>

/**
 * What is wrong with options, for a person; `undefined` when nothing is. An option that is `undefined` or `null` passes as one
 * that is left out; one that nobody knows does not, as it is another one misspelt. No value but a number is repeated: it may
 * be a secret.
 */
export function objectionTo(options: object, rules: OptionRules): string | undefined {
  const given = kindOf(options)
  if (given !== 'object') return `options must be an object, not ${given}`
  for (const [name, value] of Object.entries(options) as [string, unknown][]) {
    const rule = rules[name]
    if (rule === undefined) return `there is no option '${name}'`
    const kind = kindOf(value)
    const bound = typeof rule === 'number'
    const fits = rule === 'any' || (bound ? kind === 'number' && (value as number) >= rule : kind === rule)
    if (fits || value === undefined || value === null) continue
    const wanted = bound ? `a number from ${rule} up` : `of type ${rule}`
    return `'${name}' must be ${wanted}, not ${bound && kind === 'number' ? (value as number) : kind}`
  }
  return undefined
}

/**
 * Refuses options where they are handed in: a bound that is NaN would be none at all, a wrong type would fail somewhere
 * deep inside, much later, and a name that is misspelt would leave the default to work, which may be the open door.
 *
 * @param of - whose options they are, such as `new Endpoint`
 * @throws SipError `ERR_SIP_ARGUMENT` that names the first that cannot be
 */
export function checkOptions(of: string, options: object, rules: OptionRules): void {
  const objection = objectionTo(options, rules)
  if (objection !== undefined) throw new SipError('ERR_SIP_ARGUMENT', `${of}: ${objection}`)
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}
