import { type ChildProcess, execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../../..', import.meta.url))

/** What is published is measured: running from source names every function at run time. */
export function build(): void {
  const args = ['tools/pm.mjs', 'exec', 'turbo', 'run', 'build', '--filter=@netsip/endpoint...']
  execFileSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
}

/** A process of this folder that says once what it is ready with, then answers whenever it is asked, and ends with us. */
export class Child<Greeting, Report> {
  readonly #process: ChildProcess
  readonly ready: Greeting

  static async start<Greeting, Report>(file: string, args: readonly string[] = []): Promise<Child<Greeting, Report>> {
    const path = fileURLToPath(new URL(file, import.meta.url))
    const child = fork(path, args, {
      execArgv: ['--expose-gc', '--import', 'tsx'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    return new Child(child, await nextMessage<Greeting>(child))
  }

  private constructor(child: ChildProcess, ready: Greeting) {
    this.#process = child
    this.ready = ready
  }

  ask(question: object | string = 'report'): Promise<Report> {
    this.#process.send(question)
    return nextMessage(this.#process)
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null) return
    this.#process.disconnect()
    await once(this.#process, 'exit')
  }
}

async function nextMessage<Message>(child: ChildProcess): Promise<Message> {
  const ended = once(child, 'exit').then(([code, signal]) =>
    Promise.reject(new Error(`a measured process has ended (${code ?? signal})`)),
  )
  const [message] = (await Promise.race([once(child, 'message'), ended])) as [Message]
  return message
}

/** The other side of {@link Child}: says what it is ready with and answers each question. */
export function answerParent(ready: unknown, answer: (question: unknown) => unknown): void {
  process.on('message', (question) => {
    void Promise.resolve(answer(question)).then((report) => process.send?.(report))
  })
  process.on('disconnect', () => process.exit(0))
  process.send?.(ready)
}
