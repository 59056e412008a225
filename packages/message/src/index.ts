export { BodyPart } from './body/body-part.ts'
export type { MultipartLimits } from './body/delimiters.ts'
export { bodyParts, findPart, parseMultipart, unsupportedPart, writeMultipart } from './body/multipart.ts'
export { parseSipfrag, type Sipfrag, writeSipfrag } from './body/sipfrag.ts'
export { createAck, createCancel } from './create.ts'
export { createResponse } from './create-response.ts'
export { isSipMessage, isSipRequest, isSipResponse } from './guards.ts'
export { canonicalName } from './header-names.ts'
export { type HeaderInit, SipHeaders } from './headers.ts'
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
export { Authorization, ProxyAuthenticate, ProxyAuthorization, WwwAuthenticate } from './headers/authentication.ts'
export {
  AuthenticationInfo,
  type AuthenticationInfoValue,
  ProxyAuthenticationInfo,
} from './headers/authentication-info.ts'
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
export type { ParseLimits, ParseOptions } from './limits.ts'
export { MAGIC_COOKIE } from './magic-cookie.ts'
export { isKeepAlive, parseMessage } from './parse.ts'
export { SipParseError, type SipParseErrorInit } from './sip-parse-error.ts'
export { reasonPhrase } from './reason-phrases.ts'
export { redactedText } from './redacted.ts'
export { type RequestInit, SipRequest } from './request.ts'
export { requestFromUri } from './request-from-uri.ts'
export { type ResponseInit, SipResponse } from './response.ts'
export type { SipMessage } from './sip-message.ts'
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
