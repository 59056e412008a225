import { Store } from '../store.ts'
// oxlint-disable-next-line import/default -- Vite makes the address of the bundled worklet
import captureUrl from './capture-worklet.ts?worker&url'
// oxlint-disable-next-line import/default -- Vite makes the address of the bundled worklet
import playbackUrl from './playback-worklet.ts?worker&url'

/** What works: `off` until a call asks for sound, `listening` without a microphone (`why` says why), `on` with both. */
export interface AudioState {
  mode: 'off' | 'listening' | 'on' | 'broken'
  muted: boolean
  why?: string
}

/** The sentence for the person when the microphone cannot be had. */
export function microphoneTrouble(error: unknown): string {
  const name = error instanceof Error ? error.name : ''
  if (name === 'NotAllowedError' || name === 'SecurityError') {
    return 'The browser does not let this page use the microphone. You hear the other side, but cannot be heard: allow the microphone in the address bar and call again.'
  }
  if (name === 'NotFoundError' || name === 'OverconstrainedError') {
    return 'No microphone was found. You hear the other side, but cannot be heard.'
  }
  if (name === 'NotReadableError')
    return 'Another program holds the microphone. You hear the other side, but cannot be heard.'
  return 'The microphone cannot be used. You hear the other side, but cannot be heard.'
}

/** The microphone and the loudspeaker of this page, as streams of 20 ms frames at 8000 Hz. */
export class AudioEngine {
  readonly state: Store<AudioState> = new Store<AudioState>({ mode: 'off', muted: false })
  /** Loudness of the microphone, 0 to 1. */
  readonly level: Store<number> = new Store(0)
  readonly #onFrame: (frame: Int16Array<ArrayBuffer>) => void
  #context: AudioContext | undefined
  #playback: AudioWorkletNode | undefined
  #microphone: MediaStream | undefined
  #source: MediaStreamAudioSourceNode | undefined
  #starting: Promise<void> | undefined
  /** A call wants sound; the person may think for long before the browser may use the microphone. */
  #wanted = false

  constructor(onFrame: (frame: Int16Array<ArrayBuffer>) => void) {
    this.#onFrame = onFrame
  }

  /** Opens loudspeaker and microphone; called from a click, as browsers ask for. Never rejects: `state` says what works. */
  start(): Promise<void> {
    this.#wanted = true
    this.#starting ??= this.#open().finally(() => {
      this.#starting = undefined
    })
    return this.#starting
  }

  /** Plays a frame that came from the call. */
  play(frame: Int16Array): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a MessagePort has no origin
    this.#playback?.port.postMessage(frame)
  }

  mute(muted: boolean): void {
    this.state.set({ ...this.state.value, muted })
    if (muted) this.level.set(0)
  }

  /** Lets go of the microphone, so that the browser's recording sign goes out. */
  stop(): void {
    this.#wanted = false
    for (const track of this.#microphone?.getTracks() ?? []) track.stop()
    // A source that stays connected keeps what it hears while the context sleeps, and pours it into the next call.
    this.#source?.disconnect()
    this.#microphone = undefined
    this.#source = undefined
    this.level.set(0)
    this.state.set({ mode: 'off', muted: false })
    void this.#context?.suspend()
  }

  async #open(): Promise<void> {
    await this.#openBoth()
    // The call may have ended meanwhile.
    if (!this.#wanted) this.stop()
    else if (this.state.value.mode !== 'broken') await this.#context?.resume()
  }

  async #openBoth(): Promise<void> {
    try {
      await this.#openLoudspeaker()
    } catch {
      return this.state.set({
        ...this.state.value,
        mode: 'broken',
        why: 'This browser cannot play the sound of the call.',
      })
    }
    if (this.#microphone?.active) return this.state.set({ ...this.state.value, mode: 'on' })
    this.state.set({ mode: 'listening', muted: this.state.value.muted })
    try {
      await this.#openMicrophone()
      this.state.set({ mode: 'on', muted: this.state.value.muted })
    } catch (error) {
      this.state.set({ ...this.state.value, why: microphoneTrouble(error) })
    }
  }

  async #openLoudspeaker(): Promise<void> {
    if (!this.#context) {
      const context = new AudioContext({ latencyHint: 'interactive' })
      await Promise.all([context.audioWorklet.addModule(playbackUrl), context.audioWorklet.addModule(captureUrl)])
      this.#playback = new AudioWorkletNode(context, 'playback', { numberOfInputs: 0, outputChannelCount: [2] })
      this.#playback.connect(context.destination)
      this.#context = context
    }
    await this.#context.resume()
  }

  async #openMicrophone(): Promise<void> {
    const context = this.#context!
    const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 }
    this.#microphone = await navigator.mediaDevices.getUserMedia({ audio })
    const capture = new AudioWorkletNode(context, 'capture', { numberOfOutputs: 0 })
    capture.port.addEventListener('message', ({ data }: MessageEvent<Int16Array<ArrayBuffer>>) => this.#captured(data))
    capture.port.start()
    this.#source = context.createMediaStreamSource(this.#microphone)
    this.#source.connect(capture)
  }

  #captured(frame: Int16Array<ArrayBuffer>): void {
    if (this.state.value.muted || !this.#microphone) return
    let peak = 0
    for (const sample of frame) peak = Math.max(peak, Math.abs(sample))
    this.level.set(peak / 32_768)
    this.#onFrame(frame)
  }
}
