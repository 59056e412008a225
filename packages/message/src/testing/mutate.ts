/** Numbers from a seed, so that a finding can be repeated. */
export function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

const pieces = [
  '\r\n',
  '\n',
  '\r',
  '\0',
  ' ',
  '\t',
  '\r\n ',
  '"',
  '\\',
  '<',
  '>',
  ';',
  ',',
  ':',
  '@',
  '%',
  '%00',
  '%zz',
  '=',
  '?',
  '&',
  '(',
  ')',
  '[',
  ']',
  '*',
  '[::1]',
  ';;',
  ',,',
  'sip:',
  'SIP/2.0',
  'Via: ',
  'v:',
  'l: 0\r\n',
  'Content-Length: 99999999999999999999\r\n',
  '-1',
  '4294967296',
  '\xff',
  '\xc3',
  '\xe2\x82',
  '__proto__',
  'constructor',
  'tag=',
  'branch=z9hG4bK',
  '\r\n\r\n',
  '--b',
  'Contact: *\r\n',
] as const

/** A copy of `data` with one to four changes: octets flipped, cut out, doubled, moved, or replaced by what hurts. */
export function mutate(data: Uint8Array, others: readonly Uint8Array[], random: (below: number) => number): Uint8Array {
  let octets = [...data]
  for (let changes = 1 + random(4); changes > 0; changes--) octets = change(octets, others, random)
  return Uint8Array.from(octets)
}

function change(octets: number[], others: readonly Uint8Array[], random: (below: number) => number): number[] {
  const at = random(octets.length + 1)
  const length = random(2) === 0 ? random(4) : random(200)
  const piece = pieces[random(pieces.length)]!
  const insert = (what: readonly number[], over: number): number[] => [
    ...octets.slice(0, at),
    ...what,
    ...octets.slice(at + over),
  ]
  switch (random(7)) {
    case 0:
      return insert([random(256)], 1)
    case 1:
      return insert([], length)
    case 2:
      return insert(octets.slice(at, at + length), 0)
    case 3:
      return insert(
        Array.from(piece, (c) => c.charCodeAt(0)),
        random(2),
      )
    case 4:
      return insert(
        Array.from(piece.repeat(1 + random(30)), (c) => c.charCodeAt(0)),
        0,
      )
    case 5: {
      const other = others[random(others.length)]!
      const from = random(other.length)
      return insert([...other.subarray(from, from + length)], length)
    }
    default:
      return octets.slice(0, at)
  }
}
