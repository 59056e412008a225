import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Io } from './terminal/io.ts'
import { run } from './program.ts'

type Fields = Record<string, unknown> & { event: string }

/** An Io that keeps what is printed, tells of it, and is interrupted by the test. */
export class TestIo implements Io {
  readonly stdout: string[] = []
  readonly stderr: string[] = []
  readonly env: Readonly<Record<string, string | undefined>> = {}
  /** The code of an abort, where there was one. */
  aborted: number | undefined
  readonly #interrupts = new Set<() => void>()
  readonly #lines = new Set<(line: string) => void>()
  readonly #waiting = new Set<() => void>()
  #over = false

  out(line: string): void {
    this.stdout.push(line)
    for (const look of this.#waiting) look()
  }

  err(line: string): void {
    this.stderr.push(line)
    for (const look of this.#waiting) look()
  }

  onInterrupt(listener: () => void): () => void {
    this.#interrupts.add(listener)
    return () => void this.#interrupts.delete(listener)
  }

  onLine(listener: (line: string) => void): () => void {
    this.#lines.add(listener)
    return () => void this.#lines.delete(listener)
  }

  /** Somebody types a line. */
  type(line: string): void {
    for (const listener of this.#lines) listener(line)
  }

  abort(code: number): void {
    this.aborted = code
  }

  /** Ctrl+C. */
  interrupt(): void {
    for (const listener of this.#interrupts) listener()
  }

  /** The events printed so far, of a run with `--json`. */
  get events(): Fields[] {
    return this.stdout.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Fields)
  }

  /** The first event of this name that fits, as soon as it is printed; rejects when the command ends without it. */
  event(name: string, fits: (event: Fields) => boolean = () => true): Promise<Fields> {
    const find = (): Fields | undefined => this.events.find((event) => event.event === name && fits(event))
    return this.#printed(`event '${name}'`, find)
  }

  /** The first line for people with this text, as soon as it is printed; rejects when the command ends without it. */
  said(text: string): Promise<string> {
    return this.#printed(`line with '${text}'`, () => this.stderr.find((line) => line.includes(text)))
  }

  /** The command has ended: nothing more comes. */
  end(): void {
    this.#over = true
    for (const look of this.#waiting) look()
  }

  #printed<T>(what: string, find: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = find()
        if (found === undefined && !this.#over) return
        this.#waiting.delete(look)
        if (found !== undefined) resolve(found)
        else reject(new Error(`no ${what}:\n${[...this.stdout, ...this.stderr].join('\n')}`))
      }
      this.#waiting.add(look)
      look()
    })
  }
}

export function testIo(): TestIo {
  return new TestIo()
}

/** A command that runs in this process. */
export interface Running {
  readonly io: TestIo
  readonly code: Promise<number>
}

/** Runs the command line with `--json`. */
export function softphone(...argv: string[]): Running {
  const io = testIo()
  const code = run([...argv, '--json'], io).finally(() => io.end())
  return { io, code }
}

/** Where a command listens when the test does not mind. */
export const anyPort: readonly string[] = ['--listen', '127.0.0.1:0']

/** The `host:port` that a running command listens on. */
export async function placeOf({ io }: Running): Promise<string> {
  const { host, port } = await io.event('listening')
  return `${String(host)}:${String(port)}`
}

/** Ctrl+C; resolves with the exit code. */
export function stop({ io, code }: Running): Promise<number> {
  io.interrupt()
  return code
}

/** A folder for the test that asks, gone when it is over. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'netsip-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
