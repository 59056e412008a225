import { Via } from '@netsip/message'

/** What a server asks for in a Via (RFC 7339 4). */
export interface Feedback {
  /** Of a hundred requests, how many are not to be sent. */
  readonly percent: number
  /** For how long, in milliseconds; 0 ends it. */
  readonly validity: number
  /** Of two, the larger one is the later. */
  readonly sequence: number
}

/** RFC 7339 4.3: how long something holds that does not say so, in milliseconds. */
export const defaultValidity = 500

// A mistake, or malice, is not to silence us for days. What is still so after that is said again.
const longestValidity = 300_000

const names = ['oc', 'oc-algo', 'oc-validity', 'oc-seq']
const loss = /(?:^|,)\s*loss\s*(?:,|$)/i

/** Whether whoever wrote this Via listens, and to what we speak. */
export function listens(via: Via): boolean {
  return via.params.has('oc') && loss.test(via.params.get('oc-algo') ?? 'loss')
}

/** With the offer to listen: `oc` without a value. */
export function offering(via: Via): Via {
  return Via.parse(`${via.toString()};oc;oc-algo="loss"`)
}

/** With what is asked for, in place of what was offered there. */
export function asking(via: Via, { percent, validity, sequence }: Feedback): Via {
  const seq = sequence.toFixed(3)
  return Via.parse(`${silent(via).toString()};oc=${percent};oc-algo="loss";oc-validity=${validity};oc-seq=${seq}`)
}

/** Without any of it. */
export function silent(via: Via): Via {
  let { params } = via
  for (const name of names) params = params.with(name, undefined)
  return params === via.params ? via : via.with({ params })
}

/** What is asked for; undefined when it is nothing, or nothing that we understand. */
export function feedbackOf({ params }: Via): Feedback | undefined {
  const percent = digits(params.get('oc'))
  if (percent === undefined || percent > 100 || !loss.test(params.get('oc-algo') ?? 'loss')) return undefined
  const validity = Math.min(digits(params.get('oc-validity')) ?? defaultValidity, longestValidity)
  const sequence = Number.parseFloat(params.get('oc-seq') ?? '0')
  return { percent, validity, sequence: Number.isFinite(sequence) ? sequence : 0 }
}

function digits(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined
}
