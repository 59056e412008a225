import { argumentError } from '../base/injection.ts'

/** Bounds on what a parser takes. Sizes are octets. */
export interface ParseLimits {
  /** The whole message; beyond it 513. 1,114,112 by default (a header section and a body at their limits). */
  maxMessage?: number | undefined
  /** Start line and all header lines; beyond it 513. 65,536 by default. */
  maxHeaderSection?: number | undefined
  /** One header line with its continuation lines (513), or the Request-URI (414). 8,192 by default. */
  maxLine?: number | undefined
  /** Header lines; beyond it 513. 256 by default. */
  maxHeaders?: number | undefined
  /** Via values, however they are spread over lines; beyond it 513. 70 by default. */
  maxVias?: number | undefined
  /** The body; beyond it 413. 1,048,576 by default. */
  maxBody?: number | undefined
}

/** How to parse. */
export interface ParseOptions extends ParseLimits {
  /** Refuse everything `validate` objects to. False by default. */
  strict?: boolean | undefined
}

/** Options with nothing left open. */
export type Filled<Options> = { readonly [Name in keyof Options]-?: Exclude<Options[Name], undefined> }

const defaults: Filled<ParseOptions> = {
  maxMessage: 1_114_112,
  maxHeaderSection: 65_536,
  maxLine: 8_192,
  maxHeaders: 256,
  maxVias: 70,
  maxBody: 1_048_576,
  strict: false,
}

/**
 * The options with the defaults filled in. An option given as `undefined` counts as not given.
 * @throws TypeError with code `ERR_SIP_ARGUMENT` for what is no option, or a limit that would be none: NaN, below 0, not whole
 */
export function resolveOptions(options?: ParseOptions): Filled<ParseOptions> {
  if (options === undefined) return defaults
  const settings: Record<string, unknown> = { ...defaults }
  for (const name of Object.keys(options)) {
    const value: unknown = options[name as keyof ParseOptions]
    if (value === undefined || value === null) continue
    const wanted = typeof settings[name]
    if (wanted === 'undefined') throw argumentError(`there is no option '${name}'`)
    const bound = Number(value)
    if (typeof value !== wanted || !(bound >= 0) || bound % 1 > 0) {
      throw argumentError(`'${name}' must be a ${wanted === 'number' ? 'whole number from 0 up' : wanted}`)
    }
    settings[name] = value
  }
  return settings as unknown as Filled<ParseOptions>
}
