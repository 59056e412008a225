import type { Params } from '../params/params.ts'
import { callId, flag, tag } from './forms.ts'
import { single, type SingleHeader } from './header-type.ts'
import { withParams } from './with-params.ts'

/** The dialog that a call takes the place of (RFC 3891 6.1) or joins (RFC 3911 7.1), as its other end sees it. */
export interface DialogReference {
  readonly callId: string
  readonly toTag: string
  readonly fromTag: string
  /** Replaces only: not once the dialog is confirmed. */
  readonly earlyOnly?: boolean | undefined
  readonly params?: Params | undefined
}

const reference = withParams<DialogReference>('callId', callId, { toTag: tag, fromTag: tag, earlyOnly: flag })

/** Replaces (RFC 3891 6.1). */
export const Replaces: SingleHeader<DialogReference> = single('Replaces', reference)
/** Join (RFC 3911 7.1). */
export const Join: SingleHeader<DialogReference> = single('Join', reference)

/** A dialog that shows that its peer may ask (RFC 4538 7). */
export interface TargetDialogValue {
  readonly callId: string
  readonly localTag: string
  readonly remoteTag: string
  readonly params?: Params | undefined
}

/** Target-Dialog (RFC 4538 7). */
export const TargetDialog: SingleHeader<TargetDialogValue> = single(
  'Target-Dialog',
  withParams<TargetDialogValue>('callId', callId, { localTag: tag, remoteTag: tag }),
)
