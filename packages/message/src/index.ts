export { createAck, createCancel } from './create.ts'
export { createResponse } from './create-response.ts'
export { isSipMessage, isSipRequest, isSipResponse } from './guards.ts'
export { canonicalName } from './header-names.ts'
export { type HeaderInit, SipHeaders } from './headers.ts'
export type { ParseLimits, ParseOptions } from './limits.ts'
export { MAGIC_COOKIE } from './magic-cookie.ts'
export { isKeepAlive, parseMessage, type SipMessage } from './parse.ts'
export { SipParseError, type SipParseErrorInit } from './parse-error.ts'
export { reasonPhrase } from './reason-phrases.ts'
export { type RequestInit, SipRequest } from './request.ts'
export { type ResponseInit, SipResponse } from './response.ts'
export { type StreamEvent, StreamParser } from './stream-parser.ts'
export { AbsoluteUri } from './uri/absolute-uri.ts'
export { parseUri, type Uri } from './uri/parse-uri.ts'
export { SipUri, type SipUriInit } from './uri/sip-uri.ts'
export { TelUri, type TelUriInit } from './uri/tel-uri.ts'
export { type Finding, validate } from './validate.ts'
export { CSeq } from './values/cseq.ts'
export {
  type AuthKind,
  DigestChallenge,
  type DigestChallengeInit,
  DigestCredentials,
  type DigestCredentialsInit,
} from './values/digest.ts'
export { splitList } from './values/list.ts'
export { NameAddr, type NameAddrChange, type NameAddrInit } from './values/name-addr.ts'
export { Params, type ParamsInit, type ParamSyntax } from './values/params.ts'
export { Via, type ViaChange, type ViaInit } from './values/via.ts'
