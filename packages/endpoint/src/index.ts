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
} from './context/context.ts'
export type { Address, ContextInit } from './context/context-init.ts'
export type { Body } from './request/body.ts'
export { Dialog, type DialogState } from './dialog/dialog.ts'
export { ResponseError } from './errors.ts'
export type { ContextEvents, EndReason } from './context/events.ts'
export { type Callback, type CallbackFunction, invokeCallback } from './invoke-callback.ts'
export { Notifier, type Notification } from './subscription/notifier.ts'
export { Publication, type PublicationEvents, type PublicationInit } from './subscription/publication.ts'
export type { KeepOptions } from './registration/outbound.ts'
export type { Outcome } from './context/outcome.ts'
export type { RegisterArgs } from './registration/register.ts'
export { Registration, type RegistrationEvents, type RegistrationState } from './registration/registration.ts'
export type { RedirectPolicy, RequestArgs } from './request/request-args.ts'
export type { EndpointOptions } from './settings.ts'
export type { AcceptArgs, SubscribeArgs } from './subscription/subscribe.ts'
export { Subscription, type SubscriptionEvents } from './subscription/subscription.ts'
export type { NotifierEvents, SubscriptionPhase } from './subscription/subscription-events.ts'
export { type ReferArgs, Transfer } from './subscription/refer.ts'
export { sipUri2parts, type SipUriParts } from './sip-uri2parts.ts'
