import type { DialogReference } from '@netsip/message'
import type { Context } from '../context/context.ts'
import type { Dialog } from '../dialog/dialog.ts'

/** What RFC 4235 tells of a dialog: as much of it as the call flows need. */
export function dialogInfo(ctx: Context, dialog: Dialog | undefined): { body: string; contentType: string } {
  const state = dialog?.state ?? 'terminated'
  const tags = dialog === undefined ? '' : ` local-tag="${dialog.localTag}" remote-tag="${dialog.remoteTag}"`
  const body = [
    '<?xml version="1.0"?>',
    `<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="0" state="full" entity="${ctx.local.uri.toString()}">`,
    `<dialog id="1" call-id="${ctx.callId}"${tags}><state>${state}</state>`,
    `<remote><identity>${ctx.peer.uri.toString()}</identity></remote></dialog></dialog-info>`,
  ].join('\n')
  return { body, contentType: 'application/dialog-info+xml' }
}

/** What a watcher makes of it: how the dialog stands, who is in it, and how a Replaces names it to that peer. */
export function readDialogInfo(text: string): { state: string; peer: string; replaces: DialogReference } {
  const part = (pattern: RegExp): string => pattern.exec(text)?.[1] ?? ''
  return {
    state: part(/<state>(.*?)</),
    peer: part(/<identity>(.*?)</),
    replaces: {
      callId: part(/call-id="(.*?)"/),
      toTag: part(/remote-tag="(.*?)"/),
      fromTag: part(/local-tag="(.*?)"/),
    },
  }
}
