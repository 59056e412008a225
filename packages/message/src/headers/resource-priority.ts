import { SipParseError } from '../base/parse-error.ts'
import { type Form, lowerToken } from './forms.ts'
import { list, type ListHeader } from './header-type.ts'

/** A priority in a namespace (RFC 4412 3.1), both in lower case: `ets`, `0`. */
export interface ResourceValue {
  readonly namespace: string
  readonly priority: string
}

const resource: Form<ResourceValue> = {
  parse: (text, what) => {
    const dot = text.indexOf('.')
    if (dot < 0 || text.includes('.', dot + 1)) throw new SipParseError('a resource value without exactly one dot')
    return {
      namespace: lowerToken.parse(text.slice(0, dot), what),
      priority: lowerToken.parse(text.slice(dot + 1), what),
    }
  },
  format: ({ namespace, priority }, what) =>
    `${lowerToken.format(namespace, what)}.${lowerToken.format(priority, what)}`,
}

/** Resource-Priority (RFC 4412 3.1). */
export const ResourcePriority: ListHeader<ResourceValue> = list('Resource-Priority', resource)
/** Accept-Resource-Priority (RFC 4412 3.2). */
export const AcceptResourcePriority: ListHeader<ResourceValue> = list('Accept-Resource-Priority', resource)
