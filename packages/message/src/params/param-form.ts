import type { UriComponent } from '../grammar/escape.ts'

/** How parameters are written: `;a=b` of a header value, `;a=b` of a URI, `?a=b&c=d` of a URI, `a="b", c=d` of digest. */
export type ParamSyntax = 'header' | 'uri' | 'uri-header' | 'auth'

/** What sets one syntax apart from the others. */
export interface ParamForm {
  readonly syntax: ParamSyntax
  /** Stands before every parameter; before the first headers of a URI have `?` in its place. */
  readonly separator: string
  /** The character that ends a value. */
  readonly stop: number
  /** The component of a URI that sets what is escaped; undefined where values are quoted instead. */
  readonly component: UriComponent | undefined
}

const forms: Record<ParamSyntax, ParamForm> = {
  header: makeForm('header', ';', undefined),
  uri: makeForm('uri', ';', 'param'),
  'uri-header': makeForm('uri-header', '&', 'header'),
  auth: makeForm('auth', ', ', undefined),
}

/** The form of a syntax. */
export function formOf(syntax: ParamSyntax): ParamForm {
  return forms[syntax]
}

function makeForm(syntax: ParamSyntax, separator: string, component: UriComponent | undefined): ParamForm {
  return { syntax, separator, stop: separator.charCodeAt(0), component }
}
