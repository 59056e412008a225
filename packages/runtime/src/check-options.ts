import { SipError } from './sip-error.ts'

/** What an option has to be: a number is the least it may be, a word is its type (as `typeof` names it, or `array`), `any` takes all. */
export type OptionRule = number | 'array' | 'string' | 'boolean' | 'function' | 'object' | 'any'

/** The rules of options by name. What is not among them is no option. */
export type OptionRules = Readonly<Record<string, OptionRule>>

/** The rules of all that `Options` may hold: the compiler finds the one that is missing. */
export type RulesOf<Options> = Readonly<Record<keyof Options, OptionRule>>

/**
 * What is wrong with options, in words for a person; `undefined` when nothing is. An option that is `undefined` or `null` counts as
 * left out. An unknown name is an objection: it is most likely a known one misspelt. Only numbers are quoted: any other value may
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
 * Refuses bad options where they are handed in: a limit of NaN would limit nothing, a wrong type would fail much later, somewhere
 * deep inside, and a misspelt name would leave the default in place, which may be the insecure choice.
 *
 * @param of - whose options they are, such as `new Endpoint`
 * @throws SipError `ERR_SIP_ARGUMENT` that names the first bad option
 */
export function checkOptions(of: string, options: object, rules: OptionRules): void {
  const objection = objectionTo(options, rules)
  if (objection !== undefined) throw new SipError('ERR_SIP_ARGUMENT', `${of}: ${objection}`)
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}
