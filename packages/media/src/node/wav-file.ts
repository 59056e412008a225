import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { SampleQueue } from '../audio/sample-queue.ts'
import type { AudioSink, AudioSource } from '../audio/source.ts'
import { sessionRate, WavDecoder } from '../audio/wav-decoder.ts'
import { blockBytes, littleEndian, parseWavHeader, wavError, wavHeader, type WavFormat } from '../audio/wav-format.ts'

/** A WAV file that is being played. */
export interface WavFileSource extends AudioSource {
  /** Resolves when the next seconds of audio are in memory. Await it when you read faster than the audio plays. */
  ready(): Promise<void>
  /** Closes the file. At the end of the audio this happens by itself. */
  close(): Promise<void>
}

/** A WAV file that is being written. */
export interface WavFileSink extends AudioSink {
  /** Writes what is left, puts the length into the header and closes the file. Rejects with the file system's error, if there was one. */
  close(): Promise<void>
}

const headBytes = 64 * 1024
// what lies ready, so that a session that makes up for lost time never outruns the disk
const aheadSamples = sessionRate * 4

async function readHeader(file: FileHandle, path: string): Promise<WavFormat> {
  const head = new Uint8Array(headBytes)
  const { bytesRead } = await file.read(head, 0, headBytes, 0)
  const format = parseWavHeader(head.subarray(0, bytesRead))
  if (!format) throw wavError(`no audio in the first ${headBytes} bytes of ${path}`)
  return format
}

class FileReader {
  readonly #file: FileHandle
  readonly #decoder: WavDecoder
  readonly #chunk: Uint8Array
  readonly #block: number
  readonly queue = new SampleQueue()
  #at: number
  #left: number
  #busy: Promise<void> | undefined
  #ended = false
  #error: unknown

  constructor(file: FileHandle, format: WavFormat) {
    this.#file = file
    this.#decoder = new WavDecoder(format)
    this.#block = blockBytes(format)
    this.#chunk = new Uint8Array(4096 * this.#block)
    this.#at = format.dataOffset
    this.#left = format.dataLength
  }

  get ended(): boolean {
    return this.#ended
  }

  get error(): unknown {
    return this.#error
  }

  /** Reads on until enough lies ready. */
  fill(): Promise<void> {
    this.#busy ??= this.#fill().finally(() => {
      this.#busy = undefined
    })
    return this.#busy
  }

  async close(): Promise<void> {
    if (this.#ended) return
    this.#ended = true
    await this.#busy
    await this.#file.close()
  }

  async #fill(): Promise<void> {
    try {
      while (!this.#ended && this.queue.length < aheadSamples) await this.#read()
    } catch (error) {
      this.#error = error
      await this.#finish()
    }
  }

  async #read(): Promise<void> {
    const wanted = Math.min(this.#chunk.length, this.#left)
    const { bytesRead } = await this.#file.read(this.#chunk, 0, wanted, this.#at)
    const whole = bytesRead - (bytesRead % this.#block)
    this.#at += whole
    this.#left -= whole
    if (whole > 0) this.queue.push(this.#decoder.push(this.#chunk.subarray(0, whole)))
    if (whole < this.#chunk.length || this.#left === 0) await this.#finish()
  }

  async #finish(): Promise<void> {
    if (this.#ended) return
    this.#ended = true
    this.queue.push(this.#decoder.flush())
    await this.#file.close()
  }
}

/**
 * Opens a WAV file to play it: PCM, A-law or mu-law, of any rate; several channels are mixed into one. The file is read while it
 * is played. When the disk cannot keep up, silence fills the gap.
 *
 * @throws MediaError `ERR_MEDIA_WAV` when the file is not of these formats, and the file system's error when it cannot be opened
 */
export async function openWavFile(path: string): Promise<WavFileSource> {
  const file = await open(path)
  try {
    const reader = new FileReader(file, await readHeader(file, path))
    await reader.fill()
    if (reader.error) throw reader.error
    return {
      read(frame) {
        const filled = reader.queue.read(frame)
        if (reader.queue.length < aheadSamples / 2 && !reader.ended) void reader.fill()
        return filled > 0 || !reader.ended
      },
      ready: () => reader.fill(),
      close: () => reader.close(),
    }
  } catch (error) {
    await file.close()
    throw error
  }
}

/**
 * Records what it hears into a WAV file: 16-bit PCM, 8 kHz, one channel. The lengths in the header are right once
 * `close` has resolved. The session calls `close` at its end; call it yourself to wait for the file.
 */
export function wavFileSink(path: string): WavFileSink {
  const stream = createWriteStream(path)
  let failure: Error | undefined
  let bytes = 0
  let closing: Promise<void> | undefined
  stream.on('error', (error) => {
    failure = error
  })
  stream.write(wavHeader(0, sessionRate))

  const finish = async (): Promise<void> => {
    stream.end()
    if (!stream.closed) await once(stream, 'close')
    if (failure) throw failure
    const file = await open(path, 'r+')
    await file.write(wavHeader(bytes, sessionRate), 0, undefined, 0)
    await file.close()
  }

  return {
    write(frame) {
      if (failure || closing) return
      const data = littleEndian(frame)
      bytes += data.length
      stream.write(data)
    },
    end() {
      closing ??= finish()
      // told to whoever calls close(); a recording that fails must not end the process
      closing.catch(() => undefined)
    },
    close() {
      closing ??= finish()
      return closing
    },
  }
}
