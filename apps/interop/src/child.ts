import { spawn, type ChildProcess } from 'node:child_process'
import { environment } from './peers.ts'

/** How a child ended. */
export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

interface ChildOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** It reads lines that the test types. */
  readonly typed?: boolean
}

/** A process this suite started; its output is kept line by line, and it is ended with the test that started it. */
export class Child implements AsyncDisposable {
  readonly #name: string
  readonly #process: ChildProcess
  readonly #lines: string[] = []
  readonly #waiting = new Set<() => void>()
  /** Settles when the process has ended and all its output was read. */
  readonly exit: Promise<Exit>
  #ended: Exit | undefined

  constructor(command: string, args: readonly string[], options: ChildOptions = {}) {
    this.#name = [command.split('/').at(-1), ...args].join(' ')
    this.#process = spawn(command, args, {
      cwd: options.cwd,
      env: { ...environment, ...options.env },
      stdio: [options.typed ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.#process.stdout, this.#process.stderr]) this.#collect(stream)
    this.#process.stdin?.on('error', () => {})
    this.exit = new Promise((resolve, reject) => {
      this.#process.once('error', reject)
      this.#process.once('close', (code, signal) => {
        this.#ended = { code, signal }
        this.#wake()
        resolve(this.#ended)
      })
    })
    this.exit.catch(() => {})
  }

  /** Everything printed so far, both streams. */
  get output(): string {
    return this.#lines.join('\n')
  }

  /** The first line that fits, printed already or still to come; rejects when the process ends or time is up. */
  async line(fits: (line: string) => boolean, timeoutMs = 15_000): Promise<string> {
    const deadline = performance.now() + timeoutMs
    for (let next = 0; ;) {
      for (; next < this.#lines.length; next++) if (fits(this.#lines[next]!)) return this.#lines[next]!
      const left = deadline - performance.now()
      if (this.#ended) throw new Error(`${this.#name} ended (${JSON.stringify(this.#ended)}) first:\n${this.output}`)
      if (left <= 0) throw new Error(`${this.#name} did not say it within ${timeoutMs} ms:\n${this.output}`)
      await this.#more(left)
    }
  }

  /** The next JSON event of this name (`softphone --json`). */
  async event<T = Record<string, unknown>>(name: string, timeoutMs?: number): Promise<T> {
    return JSON.parse(await this.line((line) => line.startsWith('{') && eventName(line) === name, timeoutMs)) as T
  }

  /** Every JSON event printed so far. */
  get events(): Record<string, unknown>[] {
    return this.#lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Record<string, unknown>)
  }

  /** Types a line; only for a child that is `typed`. */
  type(line: string): void {
    this.#process.stdin?.write(`${line}\n`)
  }

  /** Sends a signal, by default what Ctrl+C sends, and waits for the end; after 5 s the process is killed. */
  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<Exit> {
    if (!this.#ended) this.#process.kill(signal)
    const killer = setTimeout(() => this.#process.kill('SIGKILL'), 5000)
    try {
      return await this.exit
    } finally {
      clearTimeout(killer)
    }
  }

  get pid(): number {
    return this.#process.pid ?? 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGTERM').catch(() => {})
  }

  #collect(stream: NodeJS.ReadableStream | null): void {
    let rest = ''
    stream?.setEncoding('utf8')
    stream?.on('data', (text: string) => {
      const lines = (rest + text).split(/\r?\n/)
      rest = lines.pop() ?? ''
      this.#lines.push(...lines)
      this.#wake()
    })
    stream?.on('end', () => rest && this.#lines.push(rest))
  }

  #wake(): void {
    for (const wake of this.#waiting) wake()
    this.#waiting.clear()
  }

  #more(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs)
      this.#waiting.add(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }
}

function eventName(line: string): unknown {
  try {
    return (JSON.parse(line) as { event?: unknown }).event
  } catch {
    return undefined
  }
}
