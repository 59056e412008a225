import type { TraceEvent, Tracer } from '@netsip/runtime'
import type { Output } from '../terminal/output.ts'
import { PcapFile } from './pcap.ts'
import { printable } from '../terminal/printable.ts'
import { redact } from '../terminal/redact.ts'

export interface Trace {
  readonly tracer: Tracer
  close(): void
}

/** What `--trace` and `--pcap` ask for; undefined when neither is given. Nothing secret gets through. */
export function openTrace(options: { trace?: boolean; pcap?: string }, output: Output): Trace | undefined {
  if (!options.trace && !options.pcap) return undefined
  const file = options.pcap ? new PcapFile(options.pcap) : undefined
  let open = true
  return {
    tracer(event) {
      if (!open) return
      const bytes = redact(event.bytes)
      file?.write(event, bytes)
      if (options.trace) output.log(traced(event, bytes))
    },
    close() {
      open = false
      file?.close()
    },
  }
}

/** One message as `--trace` prints it. */
export function traced(event: TraceEvent, bytes: Uint8Array): string {
  const time = new Date(event.time).toISOString().slice(11, 23)
  const way = event.direction === 'out' ? `${event.local} -> ${event.remote}` : `${event.local} <- ${event.remote}`
  const text = Buffer.from(bytes).toString('utf8').replaceAll('\r\n', '\n').trimEnd()
  const shown = printable(text)
  return `--- ${time} ${event.protocol.toLowerCase()} ${way} (${bytes.length} bytes)\n${shown.replace(/^/gm, '    ')}\n`
}
