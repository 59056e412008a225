import { SipParseError } from '../parse-error.ts'
import type { ListHeader } from './header-type.ts'
import { token, writtenToken } from './parts.ts'

/** A priority in a namespace (RFC 4412 3.1), both in lower case: `ets`, `0`. */
export interface ResourceValue {
  readonly namespace: string
  readonly priority: string
}

/** Resource-Priority (RFC 4412 3.1). */
export const ResourcePriority: ListHeader<ResourceValue> = {
  name: 'Resource-Priority',
  list: true,
  parse: parseResource,
  format: formatResource,
}

/** Accept-Resource-Priority (RFC 4412 3.2). */
export const AcceptResourcePriority: ListHeader<ResourceValue> = {
  name: 'Accept-Resource-Priority',
  list: true,
  parse: parseResource,
  format: formatResource,
}

function parseResource(text: string): ResourceValue {
  const dot = text.indexOf('.')
  if (dot < 0) throw new SipParseError('a resource value without a dot')
  return {
    namespace: token(text.slice(0, dot), 'a namespace').toLowerCase(),
    priority: token(text.slice(dot + 1), 'a priority').toLowerCase(),
  }
}

function formatResource({ namespace, priority }: ResourceValue): string {
  return `${writtenToken(namespace, 'a namespace')}.${writtenToken(priority, 'a priority')}`
}
