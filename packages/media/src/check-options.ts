import { objectionTo, type OptionRules } from '@netsip/runtime'
import { MediaError } from './errors.ts'

/** Refuses what would bound nothing, or is of another type. @throws MediaError `ERR_MEDIA_ARGUMENT` that names the option */
export function checkOptions(of: string, options: object, rules: OptionRules): void {
  const objection = objectionTo(options, rules)
  if (objection !== undefined) throw new MediaError('ERR_MEDIA_ARGUMENT', `${of}: ${objection}`)
}
