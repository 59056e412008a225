import { createServer } from 'node:net'
import { createSocket } from 'node:dgram'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseMessage, type SipRequest } from '@netsip/message'
import { loopbackCertificate as certificate, loopbackKey as privateKey } from '@netsip/transport/testing'
import { describe, expect, test } from 'vitest'
import { AnsweringLine } from '../demo/answering-line.ts'
import { anyPort, placeOf, scratchFolder, softphone, stop } from '../testing.ts'

async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => void server.close(resolve))
  return port
}

async function failing(...argv: string[]): Promise<{ line: string; error: Record<string, unknown> }> {
  const running = softphone(...argv)
  expect(await running.code).toBe(1)
  const errors = running.io.events.filter(({ event }) => event === 'error')
  expect(errors).toHaveLength(1)
  const line = running.io.stderr.at(-1)!
  expect(line).not.toMatch(/\n| at |Error:/)
  return { line, error: errors[0]! }
}

describe.each(['udp', 'tcp'])('call and answer over %s', (transport) => {
  test('sound, digits and a recording, until the time is over', async () => {
    const heard = join(scratchFolder(), 'heard.wav')
    const answer = softphone('answer', ...anyPort, '--transport', transport, '--play', 'tone:880', '--max-calls', '1')
    const call = softphone(
      'call',
      `sip:bob@${await placeOf(answer)};transport=${transport}`,
      ...anyPort,
      '--play',
      'tone:440',
      '--dtmf',
      '5',
      '--duration',
      '0.5',
      '--record',
      heard,
    )
    expect(await call.code, call.io.stderr.join('\n')).toBe(0)
    expect(await answer.code).toBe(0)
    expect(call.io.events.map(({ event }) => event)).toEqual(['listening', 'answered', 'media', 'ended'])
    expect(answer.io.events.map(({ event }) => event)).toEqual([
      'listening',
      'incoming',
      'answered',
      'dtmf',
      'media',
      'ended',
    ])
    expect(await call.io.event('ended')).toMatchObject({ by: 'local' })
    expect(await answer.io.event('ended')).toMatchObject({ by: 'remote' })
    expect(await answer.io.event('dtmf')).toMatchObject({ digit: '5', via: 'rtp' })
    expect(await call.io.event('media')).toMatchObject({ codec: 'PCMU', lost: 0 })
    const ids = [...call.io.events, ...answer.io.events].flatMap(({ callId }) => (callId ? [callId] : []))
    expect(new Set(ids).size).toBe(1)
    expect(statSync(heard).size).toBeGreaterThan(4000)
  })

  test('a refusal is one line and exit code 1', async () => {
    const answer = softphone('answer', ...anyPort, '--transport', transport, '--code', '486', '--max-calls', '1')
    const call = softphone('call', `sip:bob@${await placeOf(answer)}`, ...anyPort, '--transport', transport)
    expect(await call.code).toBe(1)
    expect(await answer.code).toBe(0)
    expect(call.io.events.slice(-2)).toMatchObject([
      { event: 'ended', by: 'remote', status: 486, reason: 'Busy Here', durationMs: 0 },
      { event: 'error', code: 'ERR_SIP_STATUS', status: 486, reason: 'Busy Here' },
    ])
    expect(call.io.stderr.at(-1)).toMatch(/^the call to sip:bob@\S+ failed: busy \(486 Busy Here\)$/)
    expect(call.io.stderr.filter((line) => line.includes('486 Busy'))).toHaveLength(1)
    expect(await answer.io.event('ended')).toMatchObject({ by: 'local', status: 486 })
  })
})

test('a call over TLS with sound that is sealed, and nothing of the keys in the trace', async () => {
  const folder = scratchFolder()
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  writeFileSync(cert, certificate)
  writeFileSync(key, privateKey)
  const sealed = [...anyPort, '--srtp', 'sdes', '--ca', cert, '--cert', cert, '--key', key]
  const answer = softphone('answer', ...sealed, '--transport', 'tls', '--play', 'echo', '--max-calls', '1')
  const call = softphone('call', `sips:bob@${await placeOf(answer)}`, ...sealed, '--duration', '0.3', '--trace')
  expect(await call.code, call.io.stderr.join('\n')).toBe(0)
  expect(await answer.code).toBe(0)
  expect((await call.io.event('media')).received).toBeGreaterThan(0)
  expect(call.io.stderr.join('\n')).toMatch(/RTP\/SAVP[^]*inline:x{20,}/)
  expect(call.io.stderr.join('\n')).not.toContain('whoever')
})

test('what cannot be played is told before anybody is called', async () => {
  const noSound = join(scratchFolder(), 'notes.wav')
  writeFileSync(noSound, 'not a recording')
  const answer = softphone('answer', ...anyPort)
  const { line } = await failing('call', `sip:bob@${await placeOf(answer)}`, ...anyPort, '--play', noSound)
  expect(line).toMatch(/^the call to \S+ failed: WAV: /)
  expect(await stop(answer)).toBe(0)
  expect(answer.io.events.map(({ event }) => event)).toEqual(['listening'])
})

test('sealed sound and plain sound do not meet: 488', async () => {
  const answer = softphone('answer', ...anyPort, '--srtp', 'sdes')
  const call = softphone('call', `sip:bob@${await placeOf(answer)}`, ...anyPort)
  expect(await call.code).toBe(1)
  expect(await call.io.event('error')).toMatchObject({ status: 488 })
  expect(call.io.stderr.at(-1)).toMatch(
    /488 Not Acceptable Here: not with the sound that we offer; see --srtp and --codec$/,
  )
  await stop(answer)
  expect(answer.io.stderr).toContain(
    '--srtp sdes over udp: whoever can read the signalling can read the keys of the sound; tls and wss hide them',
  )
})

test.each(['tls', 'wss'])('serves over %s, and trusts nobody without a reason', async (transport) => {
  const folder = scratchFolder()
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  writeFileSync(cert, certificate)
  writeFileSync(key, privateKey)
  const server = softphone(
    'serve',
    ...anyPort,
    '--transport',
    transport,
    '--cert',
    cert,
    '--key',
    key,
    // For those it calls: to those who call it, it has to prove itself all the same.
    '--insecure',
    '--account',
    'alice:secret',
  )
  const place = await placeOf(server)
  const account = [
    '--aor',
    `sip:alice@${place}`,
    '--registrar',
    `sip:${place};transport=${transport}`,
    '--password',
    'secret',
  ]
  for (const trust of [['--ca', cert], ['--insecure']]) {
    const register = softphone('register', ...account, ...anyPort, ...trust)
    expect(await register.io.event('registered')).toMatchObject({ aor: `sip:alice@${place}` })
    expect(register.io.stderr.join('\n').includes('listen in')).toBe(trust[0] === '--insecure')
    expect(await stop(register)).toBe(0)
  }
  const { line, error } = await failing('register', ...account, ...anyPort)
  expect(error).toMatchObject({ code: 'ERR_SIP_REFUSED' })
  expect(line).toMatch(/certificate/)
  const options = softphone('options', `sip:${place};transport=${transport}`, ...anyPort, '--ca', cert)
  expect(await options.code, options.io.stderr.join('\n')).toBe(0)
  expect(await stop(server)).toBe(0)
})

test('a phone on a WebSocket listens nowhere, and says how it is called', async () => {
  const server = softphone('serve', ...anyPort, '--transport', 'ws', '--account', 'alice:secret')
  const place = await placeOf(server)
  const account = ['--aor', `sip:alice@${place}`, '--password', 'secret', '--transport', 'ws']
  const register = softphone('register', ...account, '--duration', '0')
  expect(await register.code, register.io.stderr.join('\n')).toBe(0)
  expect(register.io.stderr[0]).toBe('called on the connection that we open (ws)')
  expect(await stop(server)).toBe(0)
})

test('a registrar that does not take the binding away is told of as that', async () => {
  const registrar = createSocket('udp4')
  registrar.on('message', (bytes, { port, address }) => {
    const request = parseMessage(bytes) as SipRequest
    const gone = request.expires === 0 || request.headers.get('Contact')?.includes('expires=0')
    const headers = { Contact: request.headers.get('Contact') ?? '', Expires: '300' }
    registrar.send(request.createResponse(gone ? 500 : 200, { toTag: 'r', headers }).toBytes(), port, address)
  })
  await new Promise<void>((resolve) => void registrar.bind(0, '127.0.0.1', resolve))
  const aor = `sip:alice@127.0.0.1:${registrar.address().port}`
  const register = softphone('register', '--aor', aor, ...anyPort, '--duration', '0')
  expect(await register.code).toBe(0)
  registrar.close()
  expect(register.io.stderr.slice(-1)).toEqual([
    `unregistering ${aor} failed: 500 Server Internal Error; the registrar forgets us by itself after 300 s at most`,
  ])
  expect(register.io.events.map(({ event }) => event)).toEqual(['listening', 'registered', 'error', 'unregistered'])
})

test('a name of the language is no user of the server', async () => {
  const server = softphone('serve', ...anyPort, '--account', 'alice:secret')
  const options = softphone('options', `sip:constructor@${await placeOf(server)}`, ...anyPort)
  expect(await options.code).toBe(1)
  expect(await options.io.event('error')).toMatchObject({ status: 404 })
  expect(await stop(server)).toBe(0)
})

test('a message is shown by who answers', async () => {
  const answer = softphone('answer', ...anyPort)
  const message = softphone('message', `sip:bob@${await placeOf(answer)}`, 'lunch?', ...anyPort)
  expect(await message.code, message.io.stderr.join('\n')).toBe(0)
  expect(await answer.io.event('message')).toMatchObject({ from: 'sip:netsip@127.0.0.1', text: 'lunch?' })
  expect(await stop(answer)).toBe(0)
})

test('and by who calls', async () => {
  const answer = softphone('answer', ...anyPort)
  const call = softphone('call', `sip:bob@${await placeOf(answer)}`, ...anyPort)
  await call.io.event('answered')
  const message = softphone('message', `sip:bob@${await placeOf(call)}`, 'later', ...anyPort)
  expect(await message.code, message.io.stderr.join('\n')).toBe(0)
  expect(await call.io.event('message')).toMatchObject({ text: 'later' })
  expect(await stop(call)).toBe(0)
  expect(await stop(answer)).toBe(0)
})

describe('--commands', () => {
  test('holds, takes back, sends digits, and hangs up; what is no command is said', async () => {
    const answer = softphone('answer', ...anyPort, '--max-calls', '1')
    const call = softphone('call', `sip:bob@${await placeOf(answer)}`, ...anyPort, '--commands')
    await call.io.event('listening')
    call.io.type('hold')
    await call.io.event('answered')
    call.io.type('Juggle')
    call.io.type('dtmf')
    call.io.type('')
    call.io.type('hold')
    expect(await answer.io.event('hold')).toMatchObject({ local: false, remote: true })
    expect(await call.io.event('hold')).toMatchObject({ local: true, remote: false })
    call.io.type(' Resume ')
    await call.io.event('hold', ({ local }) => local === false)
    call.io.type('DTMF 7')
    expect(await answer.io.event('dtmf')).toMatchObject({ digit: '7' })
    call.io.type('transfer to nowhere')
    expect(await call.io.event('error')).toMatchObject({ code: 'ERR_SIP_ARGUMENT' })
    call.io.type('hangup')
    expect(await call.code).toBe(0)
    expect(await answer.code).toBe(0)
    const said = call.io.stderr.join('\n')
    expect(said).toMatch(/hold needs a call/)
    expect(said).toMatch(/'Juggle' is no command; there are hold, resume, /)
    expect(said).toMatch(/dtmf needs digits/)
  })

  test('transfers: who answers with --accept-transfers calls on, and is followed until that call ends', async () => {
    const heard = join(scratchFolder(), 'heard.wav')
    const carol = softphone('answer', ...anyPort, '--max-calls', '1', '--duration', '0.3')
    const target = `sip:carol@${await placeOf(carol)}`
    const bob = softphone('answer', ...anyPort, '--max-calls', '1', '--accept-transfers', '--record', heard)
    const alice = softphone('call', `sip:bob@${await placeOf(bob)}`, ...anyPort, '--commands')
    await alice.io.event('answered')
    alice.io.type(`transfer ${target}`)
    expect(await alice.code, alice.io.stderr.join('\n')).toBe(0)
    expect(await bob.io.event('transfer')).toMatchObject({ target })
    expect(await bob.code, bob.io.stderr.join('\n')).toBe(0)
    expect(bob.io.events.filter(({ event }) => event === 'ended').map(({ by }) => by)).toEqual(['remote', 'remote'])
    expect(await carol.code).toBe(0)
    expect(existsSync(heard.replace('.wav', '-transferred.wav'))).toBe(true)
  })

  test('who was handed over says why that call failed', async () => {
    const carol = softphone('answer', ...anyPort, '--code', '486')
    const bob = softphone('answer', ...anyPort, '--accept-transfers')
    const alice = softphone('call', `sip:bob@${await placeOf(bob)}`, ...anyPort, '--commands')
    await alice.io.event('answered')
    const target = `sip:carol@${await placeOf(carol)}`
    alice.io.type(`transfer ${target}`)
    expect(await bob.io.event('error')).toMatchObject({ status: 486 })
    expect(bob.io.stderr).toContain(`the call to ${target} failed: busy (486 Busy Here)`)
    for (const phone of [alice, bob, carol]) expect(await stop(phone)).toBe(0)
  })

  test('a transfer is refused by who did not ask for any, and the call goes on', async () => {
    const bob = softphone('answer', ...anyPort)
    const alice = softphone('call', `sip:bob@${await placeOf(bob)}`, ...anyPort, '--commands')
    await alice.io.event('answered')
    alice.io.type('transfer sip:carol@127.0.0.1:9')
    expect(await alice.io.event('error')).toMatchObject({ status: 603 })
    expect(await stop(alice)).toBe(0)
    expect(await stop(bob)).toBe(0)
  })
})

test('a line that answers by itself takes no text, and does not say that it does', async () => {
  const line = await AnsweringLine.open('echo', '127.0.0.1')
  const options = softphone('options', line.uri, ...anyPort)
  expect(await options.code).toBe(0)
  expect(options.io.stderr.join('\n')).toMatch(/it takes INVITE/)
  const { methods } = await options.io.event('response')
  expect(methods).toContain('INVITE')
  expect(methods).not.toContain('MESSAGE')
  expect(options.io.stderr.join('\n')).not.toMatch(/MESSAGE/)
  const message = softphone('message', line.uri, 'echo?', ...anyPort)
  expect(await message.code).toBe(1)
  expect(await message.io.event('error')).toMatchObject({ status: 405 })
  await line.close()
})

describe('Ctrl+C', () => {
  test('before the answer cancels and exits 130', async () => {
    const answer = softphone('answer', ...anyPort, '--ring', '60')
    const call = softphone('call', `sip:bob@${await placeOf(answer)}`, ...anyPort)
    expect(await call.io.event('ringing')).toMatchObject({ status: 180 })
    expect(await stop(call)).toBe(130)
    expect(await call.io.event('ended')).toMatchObject({ by: 'local', durationMs: 0 })
    expect(await answer.io.event('ended')).toMatchObject({ by: 'remote', status: 487 })
    expect(await stop(answer)).toBe(0)
  })

  test.each(['call', 'answer', 'register'])(
    'of a %s whose registrar is silent gives up, and says so',
    async (command) => {
      const silent = createSocket('udp4')
      await new Promise<void>((resolve) => void silent.bind(0, '127.0.0.1', resolve))
      const registrar = `sip:127.0.0.1:${silent.address().port}`
      const account = ['--aor', 'sip:alice@127.0.0.1', '--registrar', registrar, ...anyPort]
      const running = softphone(command, ...(command === 'call' ? ['bob'] : []), ...account)
      await new Promise((resolve) => silent.once('message', resolve))
      expect(await stop(running)).toBe(130)
      expect(running.io.events.map(({ event }) => event)).toEqual(['listening'])
      expect(running.io.stderr.at(-1)).toBe('gave up registering sip:alice@127.0.0.1: the registrar has not answered')
      silent.close()
    },
  )

  test.each([
    ['options', 'asking'],
    ['message', 'sending a message to'],
  ])('of %s while the peer is silent gives up, and says so', async (command, doing) => {
    const silent = createSocket('udp4')
    await new Promise<void>((resolve) => void silent.bind(0, '127.0.0.1', resolve))
    const peer = `sip:bob@127.0.0.1:${silent.address().port}`
    const running = softphone(command, peer, ...(command === 'message' ? ['lunch?'] : []), ...anyPort)
    await new Promise((resolve) => silent.once('message', resolve))
    expect(await stop(running)).toBe(130)
    expect(running.io.stderr.at(-1)).toBe(`gave up ${doing} ${peer}: no answer`)
    silent.close()
  })

  test('after it hangs up and exits 0, at either end', async () => {
    const answer = softphone('answer', ...anyPort)
    const place = await placeOf(answer)
    const call = softphone('call', `sip:bob@${place}`, ...anyPort)
    await call.io.event('answered')
    expect(await stop(call)).toBe(0)
    expect(await answer.io.event('ended')).toMatchObject({ by: 'remote' })
    const second = softphone('call', `sip:bob@${place}`, ...anyPort)
    await second.io.event('answered')
    expect(await stop(answer)).toBe(0)
    expect(await second.code).toBe(0)
    expect(await second.io.event('ended')).toMatchObject({ by: 'remote' })
  })

  test('a second time ends at once with 130', async () => {
    const answer = softphone('answer', ...anyPort)
    await placeOf(answer)
    answer.io.interrupt()
    answer.io.interrupt()
    expect(answer.io.aborted).toBe(130)
    await answer.code
  })
})

describe('what goes wrong is one line, one error event and exit code 1', () => {
  test('a connection that is refused', async () => {
    const { line, error } = await failing('call', `sip:bob@127.0.0.1:${await closedPort()};transport=tcp`, ...anyPort)
    expect(error).toMatchObject({ code: 'ERR_SIP_REFUSED', status: 503 })
    expect(line).toMatch(/refused/)
  })

  test('a name nobody has', async () => {
    const { line, error } = await failing('call', 'sip:bob@nobody.invalid', ...anyPort)
    expect(error).toMatchObject({ code: 'ERR_SIP_UNRESOLVED' })
    expect(line).toMatch(/nobody\.invalid/)
  })

  test('nobody answers', async () => {
    const silent = createSocket('udp4')
    await new Promise<void>((resolve) => void silent.bind(0, '127.0.0.1', resolve))
    const { line, error } = await failing(
      'call',
      `sip:bob@127.0.0.1:${silent.address().port}`,
      ...anyPort,
      '--timeout',
      '0.2',
    )
    silent.close()
    expect(error).toMatchObject({ code: 'ERR_SIP_TIMEOUT', status: 408 })
    expect(line).toMatch(/nobody answered within 0\.2 s/)
  })

  test('no codec in common', async () => {
    const answer = softphone('answer', ...anyPort, '--codec', 'PCMA')
    const { line, error } = await failing('call', `sip:bob@${await placeOf(answer)}`, ...anyPort, '--codec', 'PCMU')
    expect(error).toMatchObject({ code: 'ERR_SIP_STATUS', status: 488 })
    expect(line).toMatch(/488 Not Acceptable Here/)
    expect(await stop(answer)).toBe(0)
  })

  test('a port that was asked for and is taken', async () => {
    const first = softphone('answer', ...anyPort)
    const { line } = await failing('answer', '--listen', await placeOf(first))
    expect(line).toMatch(/taken/)
    await stop(first)
  })
})

describe('with a server', () => {
  const secret = 'wonder-land'

  function account(place: string, password = secret, transport = 'udp'): string[] {
    const registrar = `sip:${place};transport=${transport}`
    return ['--aor', `sip:alice@${place}`, '--registrar', registrar, '--password', password, ...anyPort]
  }

  async function withServer(use: (place: string) => Promise<void>): Promise<void> {
    const server = softphone('serve', ...anyPort, '--account', `alice:${secret}`, '--account', 'bob:builder')
    try {
      await use(await placeOf(server))
    } finally {
      expect(await stop(server)).toBe(0)
    }
  }

  test.each(['udp', 'tcp'])('registers over %s, and unregisters at Ctrl+C', (transport) =>
    withServer(async (place) => {
      const register = softphone('register', ...account(place, secret, transport), '--expires', '120')
      expect(await register.io.event('registered')).toMatchObject({ aor: `sip:alice@${place}`, expires: 120 })
      expect(await stop(register)).toBe(0)
      expect(register.io.events.at(-1)).toMatchObject({ event: 'unregistered', aor: `sip:alice@${place}` })
    }),
  )

  test('a wrong password is tried once, and said', () =>
    withServer(async (place) => {
      const pcap = join(scratchFolder(), 'x.pcap')
      const register = softphone('register', ...account(place, 'wrong-one'), '--trace', '--pcap', pcap)
      expect(await register.code).toBe(1)
      expect(register.io.events.at(-1)).toMatchObject({ event: 'error', code: 'ERR_SIP_AUTH' })
      expect(register.io.stderr.at(-1)).toMatch(
        /^the registration of \S+ failed: 40[13] .* for alice: is the password right\?$/,
      )
      const trace = register.io.stderr.join('\n')
      expect(trace.match(/REGISTER sip:/g)).toHaveLength(2)
      expect(trace).toMatch(/response="x{32,64}"/)
      expect(trace).not.toContain('wrong-one')
      expect(existsSync(pcap) && readFileSync(pcap, 'latin1')).toMatch(/response="x{32,64}"/)
    }))

  test('without a password says that one is needed', () =>
    withServer(async (place) => {
      const { line, error } = await failing('call', `sip:echo@${place}`, ...anyPort)
      expect(error).toMatchObject({ code: 'ERR_SIP_AUTH', status: 407 })
      expect(line).toMatch(/407 .*: a password is needed: give --aor and --password$/)
      const known = await failing('call', 'echo', '--aor', `sip:alice@${place}`, ...anyPort)
      expect(known.line).toMatch(/407 .*: a password is needed: give --password, or set NETSIP_PASSWORD$/)
    }))

  test('calls the echo line, and a phone that is registered', () =>
    withServer(async (place) => {
      const echo = softphone('call', `sip:echo@${place}`, ...account(place), '--duration', '0.3', '--play', 'tone:440')
      expect(await echo.code, echo.io.stderr.join('\n')).toBe(0)
      expect((await echo.io.event('media')).received).toBeGreaterThan(0)
      const aor = ['--aor', `sip:bob@${place}`, '--registrar', `sip:${place}`, '--password', 'builder', ...anyPort]
      const bob = softphone('answer', ...aor, '--max-calls', '1')
      await bob.io.event('registered')
      const call = softphone('call', 'bob', ...account(place), '--duration', '0.1')
      expect(await call.code, call.io.stderr.join('\n')).toBe(0)
      expect(await bob.code).toBe(0)
      expect(await bob.io.event('incoming')).toMatchObject({ from: 'sip:alice@127.0.0.1', to: 'sip:bob@127.0.0.1' })
      expect(bob.io.events.at(-1)).toMatchObject({ event: 'unregistered' })
    }))

  test('Ctrl+C in the call after a transfer tells of its end before that of the registration', () =>
    withServer(async (place) => {
      const aor = ['--aor', `sip:bob@${place}`, '--registrar', `sip:${place}`, '--password', 'builder', ...anyPort]
      const heard = join(scratchFolder(), 'heard.wav')
      const bob = softphone('answer', ...aor, '--accept-transfers', '--record', heard)
      await bob.io.event('registered')
      const carol = softphone('answer', ...anyPort)
      const alice = softphone('call', 'bob', ...account(place), '--commands')
      await alice.io.event('answered')
      alice.io.type(`transfer sip:carol@${await placeOf(carol)}`)
      expect(await alice.code, alice.io.stderr.join('\n')).toBe(0)
      await carol.io.event('answered')
      expect(await stop(bob)).toBe(0)
      expect(bob.io.events.slice(-2).map(({ event }) => event)).toEqual(['ended', 'unregistered'])
      expect(await stop(carol)).toBe(0)
    }))

  test.each(['ws', 'tls'])('is called over %s on the connection that it opened itself', async (transport) => {
    const folder = scratchFolder()
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
    writeFileSync(cert, certificate)
    writeFileSync(key, privateKey)
    const accounts = ['--account', `alice:${secret}`, '--account', 'bob:builder']
    const server = softphone('serve', ...anyPort, '--transport', transport, '--cert', cert, '--key', key, ...accounts)
    const place = await placeOf(server)
    const way = `sip:${place};transport=${transport}`
    const account = (user: string, password: string): string[] => [
      '--aor',
      `sip:${user}@${place}`,
      '--password',
      password,
    ]
    const bob = softphone('answer', ...account('bob', 'builder'), '--registrar', way, '--ca', cert)
    await bob.io.event('registered')
    const call = softphone(
      'call',
      'bob',
      ...account('alice', secret),
      '--proxy',
      way,
      '--ca',
      cert,
      '--duration',
      '0.1',
    )
    expect(await call.code, call.io.stderr.join('\n')).toBe(0)
    expect(await bob.io.event('ended')).toMatchObject({ by: 'remote' })
    expect(await stop(bob)).toBe(0)
    expect(await stop(server)).toBe(0)
  })

  test('asks what a peer can do', () =>
    withServer(async (place) => {
      const options = softphone('options', `sip:${place}`, ...anyPort)
      expect(await options.code, options.io.stderr.join('\n')).toBe(0)
      expect(await options.io.event('response')).toMatchObject({ status: 200 })
      const nobody = softphone('options', `sip:nobody@${place}`, ...anyPort)
      expect(await nobody.code).toBe(1)
      expect(await nobody.io.event('error')).toMatchObject({ status: 404 })
    }))
})
