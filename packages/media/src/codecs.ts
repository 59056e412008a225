import { decodeAlaw, decodeUlaw, encodeAlaw, encodeUlaw } from './g711.ts'
import { MediaError } from './errors.ts'

/** A codec: turns samples into RTP payloads and back. */
export interface AudioCodec {
  /** encoding name of the RTP profile, e.g. `PCMU`; compares case-insensitively */
  readonly name: string
  /** the payload type we offer it under (RFC 3551 section 6) */
  readonly payloadType: number
  /** RTP clock rate in Hz, which for these codecs is the sampling rate */
  readonly clockRate: number
  encode(samples: Int16Array): Uint8Array
  decode(payload: Uint8Array): Int16Array
}

/** G.711 mu-law, payload type 0. */
export const PCMU: AudioCodec = {
  name: 'PCMU',
  payloadType: 0,
  clockRate: 8000,
  encode: encodeUlaw,
  decode: decodeUlaw,
}

/** G.711 A-law, payload type 8. */
export const PCMA: AudioCodec = {
  name: 'PCMA',
  payloadType: 8,
  clockRate: 8000,
  encode: encodeAlaw,
  decode: decodeAlaw,
}

const known: readonly AudioCodec[] = [PCMU, PCMA]

/** Names of the codecs that come with the package, in the order in which they are offered by default. */
export const codecNames: readonly string[] = ['PCMU', 'PCMA']

/** Codecs by name, case-insensitively, in the order given. Throws `ERR_MEDIA_ARGUMENT` for one that we do not have. */
export function codecsByName(names: readonly string[]): AudioCodec[] {
  return names.map((name) => {
    const codec = known.find((each) => each.name === name.toUpperCase())
    if (codec) return codec
    throw new MediaError('ERR_MEDIA_ARGUMENT', `no codec ${name}: there are ${codecNames.join(', ')}`)
  })
}
