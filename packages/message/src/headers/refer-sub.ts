import { SipParseError } from '../base/parse-error.ts'
import type { Form } from './forms.ts'
import { single, type SingleHeader } from './header-type.ts'
import { cutParams } from './with-params.ts'

const answer: Form<boolean> = {
  parse: (text) => {
    const head = cutParams(text).head.toLowerCase()
    if (head !== 'true' && head !== 'false') throw new SipParseError('Refer-Sub is neither true nor false')
    return head === 'true'
  },
  format: String,
}

/** Refer-Sub (RFC 4488 4): false asks for, or grants, a REFER without a subscription. */
export const ReferSub: SingleHeader<boolean> = single('Refer-Sub', answer)
