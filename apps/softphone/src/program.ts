import { readFileSync } from 'node:fs'
import { Command, CommanderError, Help, Option } from 'commander'
import { answerCommand } from './commands/answer.ts'
import { messageCommand, optionsCommand } from './commands/ask.ts'
import { callCommand, type CallCommandOptions } from './commands/call.ts'
import { registerCommand } from './commands/register.ts'
import { serveCommand } from './commands/serve.ts'
import { webCommand } from './commands/web.ts'
import { failureOf } from './terminal/failure.ts'
import type { Io } from './terminal/io.ts'
import * as read from './options.ts'
import { packageFile } from './package-folder.ts'

const examples = `
Examples:
  softphone                           the web page and a server to try it with
  softphone serve --account alice:secret
  softphone call echo --aor sip:alice@127.0.0.1 --password secret
  softphone answer --play echo
  softphone register --aor sip:alice@example.com
                                      (password from NETSIP_PASSWORD)

Exit codes: 0 done, 1 the call or registration failed, 2 wrong usage,
130 Ctrl+C before the peer, or the registrar, has answered.`

function version(): string {
  return (JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as { version: string }).version
}

/** Runs the command line `argv` (without node and script) and resolves with the exit code. Never rejects. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  let code = 0
  const program = buildProgram(io, (result) => {
    code = result
  })
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    io.err(`softphone: ${failureOf(error, { what: 'this' }).line}`)
    return 1
  }
}

function buildProgram(io: Io, done: (code: number) => void): Command {
  const line = new CommandLine(io, done)
  addPage(line)
  addCalls(line)
  addQuestions(line)
  addServer(line)
  addHelp(line)
  return line.program
}

/** The program while its commands are put together. */
class CommandLine {
  readonly program = new Command('softphone')
  readonly io: Io
  readonly #done: (code: number) => void

  constructor(io: Io, done: (code: number) => void) {
    this.io = io
    this.#done = done
  }

  /** Waits for the exit code of a command. */
  async finish(result: Promise<number>): Promise<void> {
    this.#done(await result)
  }

  /** Has a command refuse what it does not know, in one line. */
  strict(command: Command): Command {
    return command
      .exitOverride()
      .allowExcessArguments(false)
      .showSuggestionAfterError(true)
      .configureOutput({
        writeOut: (text) => this.io.out(text.trimEnd()),
        writeErr: (text) => this.io.err(text.trimEnd()),
        outputError: (text) => this.io.err(usageLine(text, command)),
      })
  }

  verb(name: string, description: string, ...own: Option[]): Command {
    const verb = this.strict(this.program.command(name)).description(description)
    for (const option of own) verb.addOption(option)
    return read.withSharedOptions(verb).hook('preAction', (_, command) => {
      takeOver(this.program, command)
      const problem = read.tlsProblem(name, command.opts())
      if (problem !== undefined) command.error(`error: ${problem}`)
      this.tellUnused(command, name)
    })
  }

  /** A command that is about somebody. */
  asking(
    name: string,
    description: string,
    act: (uri: string, options: CallCommandOptions, text: string) => Promise<number>,
    ...own: Option[]
  ): Command {
    const command = this.verb(name, description, ...own).argument(
      '<uri>',
      'sip:bob@example.com, or bob in the domain of --aor',
      read.target,
    )
    return command.action((uri: string) => {
      const options = command.opts<CallCommandOptions>()
      if (read.needsDomain(uri, options)) command.error(`error: in which domain? Say sip:${uri}@HOST, or --aor`)
      return this.finish(act(uri, options, command.args[1] ?? ''))
    })
  }

  tellUnused(command: Command, name: string): void {
    for (const option of command.options)
      if (read.unused[command.name()]?.includes(option.attributeName()) && isGiven(command, option))
        this.io.err(`softphone: ${name} makes no use of ${option.long}`)
  }
}

function addPage(line: CommandLine): void {
  const { program, io } = line
  line
    .strict(read.withSharedOptions(program))
    .description('A SIP softphone. Without a command: a web page on 127.0.0.1 and a server to try it with.')
    .version(version())
    .configureHelp({ formatHelp: commandsFirst })
    .helpCommand(false)
    .addHelpText('after', examples)
    .enablePositionalOptions()
    .allowExcessArguments(true)
    .action((options: read.SharedOptions) => {
      const [unknown] = program.args
      if (unknown !== undefined) program.error(unknownCommand(unknown, program))
      line.tellUnused(program, 'the page')
      return line.finish(webCommand(options, io))
    })
}

function addCalls(line: CommandLine): void {
  const { io } = line
  line.asking(
    'call',
    'call somebody',
    (uri, options) => callCommand(uri, options, io),
    new Option('--timeout <seconds>', 'give up when nobody answers for so long').argParser(read.seconds).default(120),
  )
  line
    .verb(
      'answer',
      'answer, or refuse, every call that comes',
      new Option('--ring <seconds>', 'ring for so long before the answer').argParser(read.seconds),
      new Option('--code <status>', 'refuse every call with this status, for example 486').argParser(read.refusal),
    )
    .action((options) => line.finish(answerCommand(options, io)))
  const register = line.verb('register', 'register and stay registered until Ctrl+C')
  register.action((options: read.SharedOptions) => {
    const { aor } = options
    if (aor === undefined) register.error('error: say who registers, for example --aor sip:alice@example.com')
    return line.finish(registerCommand({ ...options, aor: aor! }, io))
  })
}

function addQuestions(line: CommandLine): void {
  const { io } = line
  line.asking('options', 'ask a peer what it can do', (uri, options) => optionsCommand(uri, options, io))
  line
    .asking('message', 'send a text', (uri, options, text) => messageCommand(uri, text, options, io))
    .argument('<text>', 'in quotes when it has spaces')
}

function addServer(line: CommandLine): void {
  line
    .verb(
      'serve',
      'a registrar and proxy with an echo and a tone line',
      new Option('--account <user:password>', 'who may register; repeat for more').argParser(read.account),
      new Option('--domain <name>', 'the domain to serve (default: the host it listens on)').argParser(read.domain),
    )
    .action((options) => line.finish(serveCommand(options, line.io)))
}

/** Commander's own help answers a command that does not exist with the whole help. */
function addHelp(line: CommandLine): void {
  const { program } = line
  line
    .strict(program.command('help'))
    .description('what a command takes')
    .argument('[command]')
    .helpOption(false)
    .action((name?: string) => {
      const command = name === undefined ? program : program.commands.find((one) => one.name() === name)
      if (command) command.help()
      else program.error(unknownCommand(name ?? '', program))
    })
}

/** What can be done stands before how: the options of the page are many. */
function commandsFirst(command: Command, help: Help): string {
  const text = new Help().formatHelp.call(help, command, help)
  const [options, commands] = ['Options:', 'Commands:'].map((title) => text.indexOf(`\n${title}`))
  if (options === undefined || commands === undefined || commands < 0) return text
  return `${text.slice(0, options)}${text.slice(commands)}${text.slice(options, commands)}`
}

function isGiven(command: Command, option: Option): boolean {
  return command.getOptionValueSource(option.attributeName()) === 'cli'
}

/** Options may also stand before the command; those behind it count for more. */
function takeOver(program: Command, command: Command): void {
  for (const option of program.options) {
    const name = option.attributeName()
    if (isGiven(program, option) && !isGiven(command, option))
      command.setOptionValueWithSource(name, program.getOptionValue(name), 'cli')
  }
}

/** Commander's message as one line that says what is right. */
function usageLine(text: string, command: Command): string {
  const message = text
    .replace(/^error: /, '')
    .replace(/^command-argument value ('.*') is invalid for argument '([^']*)'/s, '$1 is no <$2>')
    .replace(/\s*\n\s*/g, ' ')
    .trim()
  const usage = `usage: ${commandName(command)} ${command.usage()}`
  const says = /missing required argument|too many arguments/.test(message)
  if (/^unknown option '[^']*'$/.test(message))
    return `softphone: ${message}; ${commandName(command)} --help names those there are`
  return `softphone: ${says ? `${message.replace(/\.$/, '')}; ${usage}` : message}`
}

function unknownCommand(name: string, { commands }: Command): string {
  const names = commands.map((command) => command.name()).filter((known) => known !== 'help')
  return `error: unknown command '${name}'; there are ${names.join(', ')}`
}

function commandName(command: Command): string {
  return command.parent ? `${commandName(command.parent)} ${command.name()}` : command.name()
}
