import { parseMessage } from '@netsip/message'
import type { TraceEvent } from '@netsip/runtime'
import { stripBrackets } from './ip.ts'

/** A traced message, and what became of it where that is known (in a simulation). */
export interface LadderEvent extends TraceEvent {
  /** Why it never arrived. */
  lost?: string
}

/** How a ladder is drawn. */
export interface LadderFormat {
  /** Whether each line begins with its time, in seconds after the first message. Default: it does. */
  readonly times?: boolean
}

interface Step {
  time: number
  from: number
  to: number
  label: string
  lost: string | undefined
}

const timeWidth = 9

/**
 * Draws traced messages as a message sequence chart, one message a line:
 *
 * ```text
 *             alice                bob
 *     0.000 s   |----- INVITE ----->|
 *     0.012 s   |<-- 180 Ringing ---|
 * ```
 *
 * `names` says who is who, by `host:port` or by `host`; several addresses of one name share a column. A message that was
 * traced by both ends is drawn once.
 */
export function formatLadder(
  events: readonly LadderEvent[],
  names: Readonly<Record<string, string>> = {},
  format: LadderFormat = {},
): string {
  const columns = new Map<string, number>()
  const column = (address: string): number => {
    const name = nameOf(address, names)
    const known = columns.get(name)
    if (known !== undefined) return known
    columns.set(name, columns.size)
    return columns.size - 1
  }
  const steps = onceEach(events, names).map((event): Step => {
    const [local, remote] = [column(event.local), column(event.remote)]
    const [from, to] = event.direction === 'out' ? [local, remote] : [remote, local]
    return { time: event.time, from, to, label: labelOf(event.bytes), lost: event.lost }
  })
  return draw(steps, [...columns.keys()], format)
}

function nameOf(address: string, names: Readonly<Record<string, string>>): string {
  const host = address.slice(0, address.lastIndexOf(':'))
  return names[address] ?? names[host] ?? names[stripBrackets(host)] ?? address
}

/** Leaves out each `in` whose `out` is there: the same bytes between the same two. */
function onceEach(events: readonly LadderEvent[], names: Readonly<Record<string, string>>): LadderEvent[] {
  const arriving = new Map<string, number>()
  return events.filter((event) => {
    const ends = [nameOf(event.local, names), nameOf(event.remote, names)]
    if (event.direction === 'in') ends.reverse()
    const key = `${ends.join('\n')}\n${new TextDecoder('latin1').decode(event.bytes)}`
    const expected = arriving.get(key) ?? 0
    if (event.direction === 'out') arriving.set(key, expected + 1)
    else if (expected > 0) arriving.set(key, expected - 1)
    return event.direction === 'out' || expected === 0
  })
}

function labelOf(bytes: Uint8Array): string {
  try {
    const message = parseMessage(bytes)
    if (message.type === 'request') return message.method
    const method = message.cseq.method
    return `${message.status} ${message.reason}${method === 'INVITE' ? '' : ` (${method})`}`
  } catch {
    return `${bytes.length} bytes`
  }
}

function draw(steps: readonly Step[], names: readonly string[], { times = true }: LadderFormat): string {
  const labels = [...steps.map((step) => step.label.length + 6), ...names.map((name) => name.length + 2)]
  const grid: Grid = {
    columns: names.length,
    first: Math.ceil(Math.max(0, ...names.map((name) => name.length)) / 2),
    gap: Math.max(20, ...labels),
  }
  const start = steps[0]?.time ?? 0
  const lines = steps.map((step) => {
    const time = times ? `${((step.time - start) / 1000).toFixed(3).padStart(timeWidth)} s ` : ''
    return `${time}${rungs(step, grid)}`.trimEnd()
  })
  return [`${' '.repeat(times ? timeWidth + 3 : 0)}${heads(names, grid)}`.trimEnd(), ...lines].join('\n')
}

/** Where the columns stand: the first one after `first` characters, each next one `gap` further. */
interface Grid {
  columns: number
  first: number
  gap: number
}

function heads(names: readonly string[], grid: Grid): string {
  return names.reduce((line, name, column) => {
    const middle = grid.first + column * grid.gap
    return line.padEnd(middle - Math.floor(name.length / 2)) + name
  }, '')
}

/** One line: a bar for each column, and the arrow between two of them. */
function rungs(step: Step, grid: Grid): string {
  const line = Array<string>(grid.first + grid.columns * grid.gap).fill(' ')
  const middle = (column: number): number => grid.first + column * grid.gap
  for (let column = 0; column < grid.columns; column++) line[middle(column)] = '|'
  const [left, right] = [middle(Math.min(step.from, step.to)), middle(Math.max(step.from, step.to))]
  const arrow = left === right ? ` ${step.label} (to itself)` : arrowOf(step, right - left - 1)
  line.splice(left + 1, arrow.length, arrow)
  return step.lost === undefined ? line.join('') : `${line.join('').trimEnd()}  ${step.lost}`
}

function arrowOf(step: Step, width: number): string {
  const text = ` ${step.label} `
  const left = Math.max(1, Math.floor((width - text.length) / 2))
  const body = `${'-'.repeat(left)}${text}`.padEnd(width, '-')
  const head = step.lost === undefined ? (step.from < step.to ? '>' : '<') : 'x'
  return step.from < step.to ? `${body.slice(0, -1)}${head}` : `${head}${body.slice(1)}`
}
