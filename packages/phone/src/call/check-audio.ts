import type { AudioSink, AudioSource } from '@netsip/media'
import { SipError } from '@netsip/runtime'

/** @throws {SipError} ERR_SIP_ARGUMENT for what cannot be played, such as the name of a file */
export function checkSource(source: AudioSource | undefined): void {
  if (source !== undefined) mustHave('read', source, 'a source, such as tone(440), or await openWavFile(path)')
}

/** @throws {SipError} ERR_SIP_ARGUMENT for what cannot record */
export function checkSink(sink: AudioSink): void {
  mustHave('write', sink, 'a sink, such as wavFileSink(path)')
}

function mustHave(method: string, value: unknown, wanted: string): void {
  if (typeof (Object(value) as Record<string, unknown>)[method] === 'function') return
  throw new SipError('ERR_SIP_ARGUMENT', `wanted: ${wanted} of @netsip/media/node, not ${typeof value}`)
}
