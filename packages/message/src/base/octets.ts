// Octets to text and back. Node, Bun and Deno have native cuts on their Buffer; elsewhere the standard classes serve.
interface NativeCuts {
  latin1Slice(start: number, end: number): string
  utf8Slice(start: number, end: number): string
  latin1Write(text: string, at: number): number
}

interface NativeBuffer {
  readonly prototype: Partial<NativeCuts>
  allocUnsafe(size: number): Uint8Array
}

const nativeBuffer = (globalThis as unknown as { Buffer?: NativeBuffer }).Buffer
const cuts: Partial<NativeCuts> = nativeBuffer?.prototype ?? {}
const latin1Slice = cuts.latin1Slice
const utf8Slice = cuts.utf8Slice
const latin1Write = cuts.latin1Write
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const encoder = new TextEncoder()
const CHUNK = 8192

/** An empty body, shared. */
export const NO_OCTETS: Uint8Array = new Uint8Array(0)

/** One character an octet, whatever the octets are. */
export function latin1Text(octets: Uint8Array, start: number, end: number): string {
  if (latin1Slice) return latin1Slice.call(octets, start, end)
  let text = ''
  for (let at = start; at < end; at += CHUNK) {
    text += String.fromCharCode.apply(null, octets.subarray(at, Math.min(end, at + CHUNK)) as unknown as number[])
  }
  return text
}

/** The octets as UTF-8; what is not UTF-8 becomes U+FFFD. */
export function utf8Text(octets: Uint8Array, start = 0, end: number = octets.length): string {
  if (utf8Slice) return utf8Slice.call(octets, start, end)
  return decoder.decode(octets.subarray(start, end))
}

/** The text as UTF-8. */
export function utf8Octets(text: string): Uint8Array {
  return encoder.encode(text)
}

// Engines search faster for what is not ASCII than a loop over the characters would.
// oxlint-disable-next-line no-control-regex
const NOT_ASCII = /[^\0-\x7f]/

/** True when each character is one octet in UTF-8. */
export function isAscii(text: string): boolean {
  return !NOT_ASCII.test(text)
}

/** Text as an octet string: one character for each octet of its UTF-8. */
export function toOctetString(text: string): string {
  if (isAscii(text)) return text
  const octets = encoder.encode(text)
  return latin1Text(octets, 0, octets.length)
}

/** The text an octet string stands for. */
export function fromOctetString(text: string): string {
  return isAscii(text) ? text : utf8Text(octetsOf(text))
}

/** An octet string as octets. */
export function octetsOf(octetString: string): Uint8Array {
  const octets = new Uint8Array(octetString.length)
  for (let i = 0; i < octetString.length; i++) octets[i] = octetString.charCodeAt(i)
  return octets
}

/** An octet string and a body behind it as one array. */
export function joinOctets(head: string, body: Uint8Array): Uint8Array {
  return joinPieces([head], NO_OCTETS, body)
}

/** An octet string, or where a run of octets lies in others. */
export type Piece = string | { readonly start: number; end: number }

/** Puts a run behind pieces; where the last of them ends there, that one is made longer. */
export function addRun(pieces: Piece[], start: number, end: number): void {
  const last = pieces[pieces.length - 1]
  if (typeof last === 'object' && last.end === start) last.end = end
  else if (end > start) pieces.push({ start, end })
}

/** Octet strings and runs of `source` one behind the other, and a body behind them, as one array. */
export function joinPieces(pieces: readonly Piece[], source: Uint8Array, body: Uint8Array): Uint8Array {
  let at = 0
  for (const piece of pieces) at += lengthOf(piece)
  const octets = newOctets(at + body.length)
  if (body.length > 0) octets.set(body, at)
  for (let i = pieces.length - 1; i >= 0; i--) {
    const piece = pieces[i]!
    at -= lengthOf(piece)
    if (typeof piece === 'string') writeText(octets, piece, at)
    else copyRun(octets, at, source, piece.start, piece.end)
  }
  return octets
}

// All of the source goes where what it has before the run will be written over: to copy more is cheaper than a view, and
// that a third of what `subarray` takes.
function copyRun(octets: Uint8Array, at: number, source: Uint8Array, start: number, end: number): void {
  if (at >= start && end === source.length) octets.set(source, at - start)
  else octets.set(new Uint8Array(source.buffer, source.byteOffset + start, end - start), at)
}

function lengthOf(piece: Piece): number {
  return typeof piece === 'string' ? piece.length : piece.end - piece.start
}

function newOctets(size: number): Uint8Array {
  return nativeBuffer ? nativeBuffer.allocUnsafe(size) : new Uint8Array(size)
}

function writeText(octets: Uint8Array, text: string, at: number): void {
  if (latin1Write) latin1Write.call(octets, text, at)
  else for (let i = 0; i < text.length; i++) octets[at + i] = text.charCodeAt(i)
}

/**
 * A copy that shares no memory with what it was cut from: engines keep a slice of a string as a pointer into the whole,
 * so that a tag in a table would hold on to its datagram.
 */
export function flat(text: string): string {
  return text.length < 13 ? text : (' ' + text).slice(1)
}
