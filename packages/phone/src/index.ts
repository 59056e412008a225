export { Call } from './call/call.ts'
export { CallError } from './call/call-error.ts'
export type { CallEvents } from './call/call-events.ts'
export type {
  AnswerOptions,
  CallEnd,
  CallOptions,
  CallState,
  CallStats,
  DigitEvent,
  DtmfOptions,
  HoldEvent,
  MediaEvent,
} from './call/call-types.ts'
export { createPhone } from './create-phone.ts'
export { Emitter } from './emitter.ts'
export type { PhoneOptions, TlsTrust } from './phone-options.ts'
export { Phone } from './phone.ts'
export type { PhoneEvents, TextMessage } from './phone.ts'
export { TransferRequest } from './call/transfer-request.ts'
export type { Registration } from '@netsip/endpoint'
