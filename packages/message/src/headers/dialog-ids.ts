import { SipParseError } from '../parse-error.ts'
import { checkCallId } from '../values/call-id.ts'
import type { Params } from '../values/params.ts'
import type { SingleHeader } from './header-type.ts'
import { cutParams, flagParam, otherParams, param } from './parts.ts'

/** The dialog that a call takes the place of (RFC 3891 6.1) or joins (RFC 3911 7.1), as its other end sees it. */
export interface DialogReference {
  readonly callId: string
  readonly toTag: string
  readonly fromTag: string
  /** Replaces only: not once the dialog is confirmed. */
  readonly earlyOnly?: boolean | undefined
  readonly params?: Params | undefined
}

/** Replaces (RFC 3891 6.1). */
export const Replaces: SingleHeader<DialogReference> = {
  name: 'Replaces',
  list: false,
  parse: parseReference,
  format: formatReference,
}

/** Join (RFC 3911 7.1). */
export const Join: SingleHeader<DialogReference> = {
  name: 'Join',
  list: false,
  parse: parseReference,
  format: formatReference,
}

/** A dialog that shows that its peer may ask (RFC 4538 7). */
export interface TargetDialogValue {
  readonly callId: string
  readonly localTag: string
  readonly remoteTag: string
  readonly params?: Params | undefined
}

/** Target-Dialog (RFC 4538 7). */
export const TargetDialog: SingleHeader<TargetDialogValue> = {
  name: 'Target-Dialog',
  list: false,
  parse(text) {
    const { head, params } = cutParams(text)
    return {
      callId: checkCallId(head),
      localTag: needed(params, 'local-tag'),
      remoteTag: needed(params, 'remote-tag'),
      params: otherParams(params, 'local-tag', 'remote-tag'),
    }
  },
  format: (value) =>
    value.callId +
    param('local-tag', value.localTag) +
    param('remote-tag', value.remoteTag) +
    (value.params?.toString() ?? ''),
}

function parseReference(text: string): DialogReference {
  const { head, params } = cutParams(text)
  return {
    callId: checkCallId(head),
    toTag: needed(params, 'to-tag'),
    fromTag: needed(params, 'from-tag'),
    earlyOnly: params.has('early-only'),
    params: otherParams(params, 'to-tag', 'from-tag', 'early-only'),
  }
}

function formatReference(value: DialogReference): string {
  const tags = param('to-tag', value.toTag) + param('from-tag', value.fromTag)
  return value.callId + tags + flagParam('early-only', value.earlyOnly) + (value.params?.toString() ?? '')
}

function needed(params: Params, name: string): string {
  const value = params.get(name)
  if (!value) throw new SipParseError(`${name} is missing`)
  return value
}
