/**
 * Where audio comes from. Sessions ask for a frame of 160 samples (20 ms at 8 kHz) at the pace of the stream.
 */
export interface AudioSource {
  /** Fills the whole frame. False: the source has ended, and the frame is silent. */
  read(frame: Int16Array): boolean
  /**
   * For a source with a pace of its own: the session does not call `read`, but sends at once what the source pushes. Called when the
   * source is set; the function it returns is called when the source is removed.
   */
  attach?(push: (frame: Int16Array) => void): () => void
}

/** Where audio goes to. */
export interface AudioSink {
  /** Takes one frame of samples at 8 kHz. The array may be kept, but not changed: other sinks get the same one. */
  write(frame: Int16Array): void
  /** Called once, after the last audio. */
  end?(): void
  /**
   * True for a sink that wants the audio of each packet as it arrives, without the jitter buffer: in the order of arrival, and with
   * nothing in place of lost packets. Otherwise frames of 160 samples come at an even pace.
   */
  readonly direct?: boolean
}

/** Samples of a frame: 20 ms at 8 kHz. */
export const frameSamples = 160
