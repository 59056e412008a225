export { BodyPart } from './body/body-part.ts'
export type { MultipartLimits } from './body/delimiters.ts'
export { bodyParts, findPart, parseMultipart, unsupportedPart, writeMultipart } from './body/multipart.ts'
export { parseSipfrag, type Sipfrag, writeSipfrag } from './body/sipfrag.ts'
export { splitList } from './grammar/list.ts'
export {
  AlertInfo,
  CallInfo,
  ErrorInfo,
  PAssertedIdentity,
  Path,
  PPreferredIdentity,
  ReferredBy,
  ReferTo,
  ReplyTo,
  ServiceRoute,
} from './headers/addresses.ts'
export {
  AuthenticationInfo,
  type AuthenticationInfoValue,
  ProxyAuthenticationInfo,
} from './headers/authentication-info.ts'
export { Authorization, ProxyAuthenticate, ProxyAuthorization, WwwAuthenticate } from './headers/authentication.ts'
export { type DialogReference, Join, Replaces, TargetDialog, type TargetDialogValue } from './headers/dialog-ids.ts'
export { ContentDisposition, defaultDisposition, type Disposition } from './headers/disposition.ts'
export { Event, type EventValue, SubscriptionState, type SubscriptionStateValue } from './headers/events.ts'
export type { HeaderType, SingleHeader, ListHeader } from './headers/header-type.ts'
export { type HistoryEntry, HistoryInfo } from './headers/history-info.ts'
export { Identity, type IdentityValue, Privacy } from './headers/identity.ts'
export { InfoPackage, type InfoPackageValue, RecvInfo } from './headers/info-package.ts'
export { Accept, ContentType, type MediaType } from './headers/media-type.ts'
export { FlowTimer, MaxBreadth, MimeVersion, MinExpires, RSeq } from './headers/numbers.ts'
export { AcceptContact, AcceptEncoding, AcceptLanguage, type Preference, RejectContact } from './headers/preferences.ts'
export { RAck, type RAckValue } from './headers/rack.ts'
export { Reason, type ReasonValue } from './headers/reason.ts'
export { ReferSub } from './headers/refer-sub.ts'
export { AcceptResourcePriority, ResourcePriority, type ResourceValue } from './headers/resource-priority.ts'
export { SessionId, type SessionIdValue } from './headers/session-id.ts'
export { MinSE, type MinSEValue, SessionExpires, type SessionExpiresValue } from './headers/session-timer.ts'
export { Organization, Priority, Server, SipETag, SipIfMatch, Subject, UserAgent } from './headers/text.ts'
export { DateHeader, RetryAfter, type RetryAfterValue, Timestamp, type TimestampValue } from './headers/times.ts'
export { UserToUser, type UserToUserValue } from './headers/user-to-user.ts'
export { Warning, type WarningValue } from './headers/warning.ts'
export {
  AllowEvents,
  ContentEncoding,
  ContentLanguage,
  InReplyTo,
  PEarlyMedia,
  RequestDisposition,
} from './headers/words.ts'
export { createResponse } from './message/create-response.ts'
export { createAck, createCancel } from './message/create.ts'
export { isSipMessage, isSipRequest, isSipResponse } from './message/guards.ts'
export { MAGIC_COOKIE } from './message/magic-cookie.ts'
export { reasonPhrase } from './message/reason-phrases.ts'
export { redactedText } from './message/redacted.ts'
export { requestFromUri } from './message/request-from-uri.ts'
export { type RequestInit, SipRequest } from './message/request.ts'
export { type ResponseInit, SipResponse } from './message/response.ts'
export type { SipMessage } from './message/sip-message.ts'
export { SipParseError, type SipParseErrorInit } from './message/sip-parse-error.ts'
export { type Finding, validate } from './message/validate.ts'
export type { ParamSyntax } from './params/param-form.ts'
export { Params, type ParamsInit } from './params/params.ts'
export type { ParseLimits, ParseOptions } from './parse/limits.ts'
export { isKeepAlive, parseMessage } from './parse/parse-message.ts'
export { type StreamEvent, StreamParser } from './parse/stream-parser.ts'
export { canonicalName } from './rows/header-names.ts'
export { type HeaderInit, SipHeaders } from './rows/sip-headers.ts'
export { AbsoluteUri } from './uri/absolute-uri.ts'
export { parseUri, type Uri } from './uri/parse-uri.ts'
export { requestUri } from './uri/request-uri.ts'
export { SipUri, type SipUriInit } from './uri/sip-uri.ts'
export { TelUri, type TelUriInit } from './uri/tel-uri.ts'
export { CSeq } from './values/cseq.ts'
export { DigestChallenge, type DigestChallengeInit } from './values/digest-challenge.ts'
export { DigestCredentials, type DigestCredentialsInit } from './values/digest-credentials.ts'
export type { AuthKind } from './values/digest-value.ts'
export { NameAddr, type NameAddrChange, type NameAddrInit } from './values/name-addr.ts'
export { Via, type ViaChange, type ViaInit } from './values/via.ts'
