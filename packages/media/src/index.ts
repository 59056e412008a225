export { echo } from './audio/echo.ts'
export { goertzel, meanSquare } from './audio/goertzel.ts'
export { silence } from './audio/silence.ts'
export { frameSamples } from './audio/source.ts'
export type { AudioSink, AudioSource } from './audio/source.ts'
export { tone } from './audio/tone.ts'
export type { ToneOptions } from './audio/tone.ts'
export { ToneDetector } from './audio/tone-detector.ts'
export type { ToneDetectorOptions } from './audio/tone-detector.ts'
export { wavRecorder } from './audio/wav-recorder.ts'
export type { WavRecorder } from './audio/wav-recorder.ts'
export { wavSource } from './audio/wav-source.ts'
export type { WavSourceOptions } from './audio/wav-source.ts'
export type { Idle } from './audio-out.ts'
export { codecNames, PCMA, PCMU } from './codecs.ts'
export type { AudioCodec } from './codecs.ts'
export { digitOf, eventOf } from './dtmf/events.ts'
export type { DtmfDigit } from './dtmf/events.ts'
export { readDtmfInfo, writeDtmfInfo } from './dtmf/info.ts'
export type { DtmfInfo, DtmfInfoType } from './dtmf/info.ts'
export { DtmfToneDetector } from './dtmf/dtmf-tone-detector.ts'
export { dtmfTones, tonesOf } from './dtmf/tones.ts'
export type { DtmfToneOptions } from './dtmf/tones.ts'
export { decodeDtmf, encodeDtmf } from './dtmf/payload.ts'
export type { DtmfPayload } from './dtmf/payload.ts'
export { DtmfReceiver } from './dtmf/receiver.ts'
export type { DtmfEvent, DtmfReceiverOptions } from './dtmf/receiver.ts'
export { DtmfSender } from './dtmf/sender.ts'
export type { DtmfOptions, DtmfPacket } from './dtmf/sender.ts'
export { MediaError } from './errors.ts'
export type { MediaErrorCode } from './errors.ts'
export { decodeAlaw, decodeUlaw, encodeAlaw, encodeUlaw } from './g711.ts'
export { memoryBackend, MemoryPacketNetwork } from './memory-network.ts'
export type { MemoryPacketNetworkOptions } from './memory-network.ts'
export { canonicalAddress } from './packet-socket.ts'
export type { PacketAddress, PacketSocket, SocketPair } from './packet-socket.ts'
export { decodeRtcp } from './rtcp/decode.ts'
export { encodeRtcp } from './rtcp/encode.ts'
export { middleBits, ntpTime } from './rtcp/packet.ts'
export type { NtpTime, ReportBlock, RtcpPacket } from './rtcp/packet.ts'
export { JitterBuffer } from './rtp/jitter-buffer.ts'
export type { JitterBufferOptions, JitterVerdict } from './rtp/jitter-buffer.ts'
export { Pacer } from './rtp/pacer.ts'
export type { PacerOptions } from './rtp/pacer.ts'
export { decodeRtp, encodeRtp, isRtcp } from './rtp/packet.ts'
export type { RtpPacket, RtpRejection } from './rtp/packet.ts'
export { RtpReceiver } from './rtp/receiver.ts'
export type { ReceiverCounts, RtpReceiverOptions } from './rtp/receiver.ts'
export { RtpSender } from './rtp/sender.ts'
export type { RtpContent } from './rtp/sender.ts'
export { SequenceTracker } from './rtp/sequence.ts'
export type { SequenceOptions, SequenceVerdict } from './rtp/sequence.ts'
export { RtpSession } from './rtp-session.ts'
export type { RtpSessionOptions } from './rtp-session.ts'
export type { AgreedAudio, AgreedEvents, RemoteAddress } from './sdp/agreement.ts'
export { addressOf, directionOf } from './sdp/description.ts'
export type {
  AddressFamily,
  Direction,
  MediaDescription,
  PayloadFormat,
  SdpAddress,
  SdpAttribute,
  SdpOrigin,
  SessionDescription,
} from './sdp/description.ts'
export { OfferAnswer } from './sdp/offer-answer.ts'
export type { Answered } from './sdp/offer-answer.ts'
export type { LocalAudio } from './sdp/offer.ts'
export { parseSdp } from './sdp/parse.ts'
export { replaceMediaListen } from './sdp/rewrite.ts'
export type { MediaListen } from './sdp/rewrite.ts'
export { writeSdp } from './sdp/write.ts'
export type {
  CreateSessionOptions,
  MediaBackend,
  MediaSession,
  MediaSessionEvents,
  MediaStats,
  ReceivedDtmf,
  SrtpMode,
} from './session.ts'
export type { SrtpCrypto, SrtpSuite } from './srtp/crypto.ts'
export type { AgreedKeys } from './srtp/protection.ts'
export { parseCrypto, writeCrypto } from './srtp/sdes.ts'
export type { SdesCrypto } from './srtp/sdes.ts'
export { SrtcpContext, SrtpContext } from './srtp/srtp.ts'
export { SourceFilter } from './source-filter.ts'
export type { SourceFilterOptions } from './source-filter.ts'
