import type { SipRequest } from '@netsip/message'
import type { Leg, Source } from '@netsip/transport'
import { handOver, inform } from '../application.ts'
import type { Context } from '../context/context.ts'
import type { Core } from '../core.ts'
import type { Dialog } from '../dialog/dialog.ts'
import { readRAck } from './rack.ts'
import { reject } from '../response/reject.ts'
import { answer } from '../response/respond.ts'
import { ServerRequest } from '../response/server-request.ts'

/** A PRACK of the peer (RFC 3262 3): 200 when it names a response that waits for it, else 481. */
export function receivePrack(
  core: Core,
  ctx: Context,
  dialog: Dialog,
  prack: SipRequest,
  leg: Leg,
  from: Source,
): void {
  const rack = readRAck(prack)
  if (rack === undefined) return reject(core, prack, leg, 400)
  const reliable = core.reliable.get(dialog)
  if (reliable === undefined || !reliable.matches(rack)) return reject(core, prack, leg, 481)
  dialog.session.saw(prack, 'remote')
  const server = new ServerRequest(core, ctx, prack, leg, from, dialog)
  if (prack.body.length > 0) {
    // An offer in it is answered in its 200, by the application.
    handOver(server)
  } else {
    answer(server, prack.createResponse(200))
    inform(core, ctx, prack, leg, from)
  }
  reliable.acknowledged()
}
