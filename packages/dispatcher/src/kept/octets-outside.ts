// Of what only one thread may see V8 counts the octets, and looks through the whole heap each time that so many were taken.
const Octets = globalThis.SharedArrayBuffer ?? ArrayBuffer

/** Zeroed octets for what a server keeps for a while: the collector of garbage neither looks into them nor starts because of them. */
export function octetsOutside(length: number): Uint8Array {
  return new Uint8Array(new Octets(length))
}
