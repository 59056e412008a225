export {
  type Application,
  type ApplicationArgs,
  Endpoint,
  type EndpointEvents,
  type EndpointStats,
} from './endpoint.ts'
export {
  Context,
  type ContextCallback,
  type ContextCallbackArgs,
  type ContextState,
  type UserAgent,
} from './context.ts'
export type { Address, ContextInit } from './context-init.ts'
export type { Body } from './body.ts'
export { Dialog, type DialogState } from './dialog.ts'
export { ResponseError } from './errors.ts'
export type { ContextEvents, EndReason } from './events.ts'
export { type Callback, type CallbackFunction, invokeCallback } from './invoke-callback.ts'
export { Notifier, type Notification } from './notifier.ts'
export { Publication, type PublicationEvents, type PublicationInit } from './publication.ts'
export type { KeepOptions } from './outbound.ts'
export type { Outcome } from './outcome.ts'
export type { RegisterArgs } from './register.ts'
export { Registration, type RegistrationEvents, type RegistrationState } from './registration.ts'
export type { RedirectPolicy, RequestArgs } from './request-args.ts'
export type { EndpointOptions } from './settings.ts'
export type { AcceptArgs, SubscribeArgs } from './subscribe.ts'
export { Subscription } from './subscription.ts'
export type { NotifierEvents, SubscriptionEvents, SubscriptionPhase } from './subscription-events.ts'
export { type ReferArgs, Transfer } from './refer.ts'
export { sipUri2parts, type SipUriParts } from './sip-uri2parts.ts'
