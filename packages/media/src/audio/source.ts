/**
 * Where audio comes from. Sessions ask for a frame of 160 samples (20 ms at 8 kHz) at the pace of the stream.
 */
export interface AudioSource {
  /** Fills the whole frame. False: the source has ended, and the frame is silent. */
  read(frame: Int16Array): boolean
  /**
   * For sources that set their own pace: the session does not read them, but sends what they push, at once. Called when
   * the source is set; the function returned is called when it is taken off.
   */
  attach?(push: (frame: Int16Array) => void): () => void
}

/** Where audio goes to. */
export interface AudioSink {
  /** One frame of 8 kHz samples. The array is fresh and may be kept, but not changed, as other sinks get it too. */
  write(frame: Int16Array): void
  /** No more audio comes. */
  end?(): void
  /**
   * True for sinks that want each packet's audio when it arrives, without the jitter buffer: nothing is made up for
   * what is lost, and the order is that of arrival. Without it frames come evenly, 160 samples each.
   */
  readonly direct?: boolean
}

/** Samples of a frame: 20 ms at 8 kHz. */
export const frameSamples = 160
