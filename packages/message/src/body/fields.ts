import { joinOctets, latin1Text, NO_OCTETS, utf8Octets } from '../base/octets.ts'
import { resolveOptions } from '../parse/limits.ts'
import { scanFields } from '../parse/scan.ts'
import { HeaderRows } from '../rows/header-rows.ts'

/** Reads header lines, an empty line and the rest. Without a body the empty line may be missing (RFC 2046 5.1). */
export function readFields(octets: Uint8Array): { rows: HeaderRows; body: Uint8Array } {
  const text = latin1Text(octets, 0, octets.length)
  const settings = resolveOptions(undefined)
  const head = scanFields(octets, text, 0, settings)
  if (head === undefined) return { ...readFields(joinOctets(text, utf8Octets('\r\n\r\n'))), body: NO_OCTETS }
  const rows = new HeaderRows(octets, text.slice(0, head.bodyStart), head.marks)
  return { rows, body: octets.subarray(head.bodyStart) }
}
