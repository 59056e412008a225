import { expect, test } from 'vitest'
import { run } from './program.ts'
import { testIo } from './testing.ts'

async function wrong(...argv: string[]): Promise<string> {
  const io = testIo()
  expect(await run(argv, io)).toBe(2)
  expect(io.stdout).toEqual([])
  expect(io.stderr).toHaveLength(1)
  expect(io.stderr[0]).not.toContain('\n')
  return io.stderr[0]!
}

async function help(...argv: string[]): Promise<string> {
  const io = testIo()
  expect(await run(argv, io)).toBe(0)
  return io.stdout.join('\n').replace(/\s+/g, ' ')
}

test('wrong usage is one line that says what is right, and exit code 2', async () => {
  expect(await wrong('call')).toBe("softphone: missing required argument 'uri'; usage: softphone call [options] <uri>")
  expect(await wrong('cal', 'sip:bob@example.com')).toBe(
    "softphone: unknown command 'cal'; there are call, answer, register, options, message, serve",
  )
  expect(await wrong('help', 'cal')).toBe(
    "softphone: unknown command 'cal'; there are call, answer, register, options, message, serve",
  )
  expect(await wrong('call', 'sip:bob@h', '--trasport', 'udp')).toContain(
    "unknown option '--trasport' (Did you mean --transport?)",
  )
  expect(await wrong('call', 'sip:bob@h', '--video')).toBe(
    "softphone: unknown option '--video'; softphone call --help names those there are",
  )
  expect(await wrong('--frobnicate')).toBe(
    "softphone: unknown option '--frobnicate'; softphone --help names those there are",
  )
  expect(await wrong('call', 'sip:bob@h', '--transport', 'sctp')).toContain('Use udp, tcp, tls, ws or wss.')
  expect(await wrong('call', 'sip:bob@h', '--srtp', 'dtls')).toContain('Use off or sdes.')
  expect(await wrong('answer', '--code', '200')).toContain('a final status from 300 to 699')
  expect(await wrong('answer', 'sip:bob@h')).toContain('but got 1; usage: softphone answer [options]')
  expect(await wrong('register')).toBe('softphone: say who registers, for example --aor sip:alice@example.com')
  expect(await wrong('serve', '--account', 'alice')).toContain('Use USER:PASSWORD.')
  expect(await wrong('serve', '--account', 'echo:secret')).toContain('echo and tone are lines of the server.')
  expect(await wrong('call', 'not an address')).toBe(
    "softphone: 'not an address' is no <uri>. Give a SIP address such as sip:alice@example.com.",
  )
  expect(await wrong('call', 'bob')).toBe('softphone: in which domain? Say sip:bob@HOST, or --aor')
  expect(await wrong('message', 'sip:bob@h')).toContain("missing required argument 'text'")
})

test('the help of a command names the options that it makes use of, and says what the others do', async () => {
  const text = testIo()
  expect(await run(['serve', '--help'], text)).toBe(0)
  expect(text.stdout.join('\n')).toContain('--account')
  expect(text.stdout.join('\n')).not.toContain('--record')
  const serve = testIo()
  expect(await run(['serve', '--listen', '127.0.0.1:0', '--max-calls', '1', '--duration', '0'], serve)).toBe(0)
  expect(serve.stderr).toEqual(['softphone: serve makes no use of --max-calls'])
})

test('the help begins with the commands, and says of each what its options mean to it', async () => {
  expect(await help('--help')).toMatch(/Commands: call .* Options: .* Examples: .* Exit codes: /)
  expect(await help('--help')).not.toContain('--dtmf')
  expect(await help('help')).toBe(await help('--help'))
  expect(await help('help', 'call')).toMatch(/Options: --timeout .* --max-calls <count> make so many calls/)
  expect(await help('answer', '--help')).toMatch(/Options: --ring .* --listen <host:port> .*5060 .*take all/)
  expect(await help('serve', '--help')).toMatch(/default: udp and tcp/)
})

test('options may stand before the command; those behind it count for more', async () => {
  const io = testIo()
  const code = await run(['--json', '--duration', '60', 'serve', '--listen', '127.0.0.1:0', '--duration', '0'], io)
  expect(code, io.stderr.join('\n')).toBe(0)
  expect(io.events[0]).toMatchObject({ event: 'listening' })
  expect(await wrong('--aor', 'sip:alice@example.com', '--transport', 'tls', 'answer')).toContain('--cert and --key')
})

test('the page says which options are not for it', async () => {
  const io = testIo()
  // It cannot listen there, and so ends.
  expect(await run(['--play', 'tone:440', '--aor', 'sip:me@127.0.0.1', '--listen', '203.0.113.77:0'], io)).toBe(1)
  expect(io.stderr[0]).toBe('softphone: the page makes no use of --play')
})

test('help fits a terminal of 80 columns', async () => {
  for (const command of [[], ['call'], ['answer'], ['register'], ['options'], ['message'], ['serve']]) {
    const io = testIo()
    await run([...command, '--help'], io)
    expect(
      io.stdout
        .join('\n')
        .split('\n')
        .filter((line) => line.length > 80),
    ).toEqual([])
  }
})

test('--help and --version print and end with 0', async () => {
  for (const argv of [['--help'], ['call', '--help'], ['--version']]) {
    const io = testIo()
    expect(await run(argv, io)).toBe(0)
    expect(io.stdout.join('\n')).toMatch(argv[0] === '--version' ? /^\d+\.\d+\.\d+$/ : /Usage: softphone/)
    expect(io.stderr).toEqual([])
  }
})
