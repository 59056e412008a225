import { once } from 'node:events'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { connect as connectTls, createServer } from 'node:tls'
import { afterEach, describe, expect, test } from 'vitest'
import type { SipError } from '@netsip/runtime'
import { VirtualClock } from '@netsip/runtime/testing'
import type { Flow, Leg, Source, Target } from '../leg/leg.ts'
import { targetAt } from '../target.ts'
import { failureOf, next, optionsFrom } from '../testing/requests.ts'
import { certificates, testCa, type Credentials } from './testing/certificates.ts'
import { listenTls, type TlsLeg, type TlsOptions } from './tls-leg.ts'

const open: { close(): unknown }[] = []

afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

async function listening(options: TlsOptions = {}): Promise<TlsLeg> {
  const leg = await listenTls({ host: '127.0.0.1', port: 0, ca: testCa, ...options })
  open.push(leg)
  return leg
}

function targetOn(leg: Leg, serverName?: string): Target {
  const target = targetAt('tls', leg.local.host, leg.local.port)
  return serverName === undefined ? target : { ...target, serverName }
}

/** Sends one request: where it arrived from, or why it did not. */
function sendOne(near: Leg, far: Leg, serverName?: string, via = 'SIP/2.0/TLS x.example'): Promise<Source | SipError> {
  const arrived = next(far, 'message').then(([, source]) => source)
  const failed = new Promise<SipError>((resolve) => {
    near.send(optionsFrom(via).toBytes(), targetOn(far, serverName), { onSendError: resolve })
  })
  return Promise.race([arrived, failed])
}

/** Trusts those that Node trusts. */
async function listenTlsAlone(): Promise<TlsLeg> {
  const leg = await listenTls({ host: '127.0.0.1', port: 0 })
  open.push(leg)
  return leg
}

async function flowBetween(near: Leg, far: Leg, serverName: string, via?: string): Promise<Flow> {
  const source = (await sendOne(near, far, serverName, via)) as Source
  return source.flow as Flow
}

/** Not from where its buffer starts, as a part of a larger file is. */
function octets(text: string): Uint8Array {
  return new TextEncoder().encode(`-${text}`).subarray(1)
}

async function plain(leg: Leg): Promise<Socket> {
  const socket = connect({ port: leg.local.port, host: '127.0.0.1' })
  socket.on('error', () => {})
  open.push({ close: () => socket.destroy() })
  await once(socket, 'connect')
  return socket
}

describe('a TLS leg', () => {
  test.each<[string, Credentials, string | undefined, boolean]>([
    ['T061 a sip URI', certificates.sipUri, 'example.com', true],
    ['T061b no DNS name beside a sip URI', certificates.sipUri, 'sip7.example.net', false],
    ['T060 a DNS name, that of the domain', certificates.dns, 'example.org', true],
    ['T063 no other name', certificates.dns, 'example.net', false],
    ['T063b no wildcard', certificates.wildcard, 'sip.example.com', false],
    ['T061c the common name where there is nothing else', certificates.cnOnly, 'example.com', true],
    ['T062 no URI of a user, and no common name beside it', certificates.user, 'example.com', false],
    ['T065 an address', certificates.dns, undefined, true],
    ['T065 no name for an address', certificates.sipUri, undefined, false],
    ['T066 no unknown issuer', certificates.untrusted, 'example.com', false],
    ['T066 not what has expired', certificates.expired, 'example.com', false],
  ])('%s proves a server', async (_, credentials, serverName, accepted) => {
    const far = await listening(credentials)
    const near = await listening()
    const result = await sendOne(near, far, serverName)
    expect('code' in result ? result.code : 'accepted').toBe(accepted ? 'accepted' : 'ERR_SIP_REFUSED')
  })

  test('T063 says whose certificate it was', async () => {
    const far = await listening(certificates.dns)
    const result = await sendOne(await listening(), far, 'bank.example')
    expect(result).toMatchObject({
      message: expect.stringMatching(/certificate is one of example\.com, example\.org, not of bank\.example/),
    })
  })

  test('T067 checks nothing only when told so', async () => {
    const far = await listening(certificates.untrusted)
    const near = await listening({ rejectUnauthorized: false })
    expect(await sendOne(near, far, 'example.com')).toHaveProperty('flow')
  })

  test('T059 SNI is the domain, and nothing for an address', async () => {
    const seen: unknown[] = []
    const server = createServer(certificates.dns, (socket) => {
      seen.push(socket.servername)
      socket.on('error', () => {}).end()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    open.push(server)
    const near = await listening()
    const target = targetAt('tls', '127.0.0.1', (server.address() as AddressInfo).port)
    for (const asked of [{ ...target, serverName: 'example.com' }, target]) {
      const closed = next(near, 'flowClosed')
      near.send(optionsFrom('SIP/2.0/TLS x').toBytes(), asked)
      await closed
    }
    expect(seen).toEqual(['example.com', false])
  })

  test('T068 T069 asks for a certificate, and shows who proved what', async () => {
    const far = await listening({ ...certificates.dns, clientCertificate: 'request' })
    const known = await flowBetween(await listening(certificates.client), far, 'example.com')
    expect(known.identities).toEqual(['client.example.com'])
    const unknown = await flowBetween(await listening(), far, 'example.com')
    expect(unknown.identities).toEqual([])
    const foreign = await flowBetween(await listening(certificates.untrusted), far, 'example.com')
    expect(foreign.identities).toEqual([])
  })

  test('T068 may demand one', async () => {
    const far = await listening({ ...certificates.dns, clientCertificate: 'require' })
    const flow = await flowBetween(await listening(certificates.client), far, 'example.com')
    expect(flow.identities).toEqual(['client.example.com'])
    const near = await listening()
    const closed = next(near, 'flowClosed')
    near.send(optionsFrom('SIP/2.0/TLS x').toBytes(), targetOn(far, 'example.com'))
    expect((await closed)[0].open).toBe(false)
  })

  test('T074 takes a new certificate without losing a connection', async () => {
    const far = await listening(certificates.dns)
    const near = await listening()
    const before = await flowBetween(near, far, 'example.com')
    far.reload(certificates.renewed)
    expect(await sendOne(near, far, 'renewed.example.com')).toHaveProperty('flow')
    expect(await flowBetween(near, far, 'example.com')).toBe(before)
    expect(() => far.reload({ cert: 'nonsense', key: 'nonsense' })).toThrow(
      expect.objectContaining({ code: 'ERR_SIP_ARGUMENT' }),
    )
  })

  test('T074 keeps what is left out when it reloads', async () => {
    const hosts = { 'renewed.example.com': certificates.renewed }
    const far = await listening({ ...certificates.dns, hosts, clientCertificate: 'require' })
    const client = await listening(certificates.client)
    far.reload(certificates.sipUri)
    expect(await sendOne(client, far, 'example.com')).toHaveProperty('flow')
    client.reload(certificates.renewed)
    expect((await flowBetween(client, far, 'renewed.example.com')).open).toBe(true)
    far.reload({ ca: testCa })
    client.reload({})
    const other = await listening(certificates.client)
    expect((await flowBetween(other, far, 'example.com')).identities).toEqual(['client.example.com'])
  })

  test.each<[string, object, RegExp]>([
    ['a name that is misspelt', { certificate: certificates.dns.cert }, /^reload: .* 'certificate'/],
    ['one that is misspelt for a host', { hosts: { 'h.example': { crt: 'x' } } }, /^'hosts': h\.example: .* 'crt'/],
    ['the key of another', { ...certificates.dns, key: certificates.client.key }, /: the key is that of another cert/],
    ['a certificate without a key', { cert: certificates.dns.cert }, /: there is a cert, and no key/],
    ['a file of issuers that is none', { ca: octets('DER') }, /PEM, -----BEGIN/],
  ])('T074 refuses to reload %s, and stays as it is', async (_, given, text) => {
    const far = await listening(certificates.dns)
    expect(() => far.reload(given)).toThrow(expect.objectContaining({ message: expect.stringMatching(text) }))
    expect(await sendOne(await listening(), far, 'example.com')).toHaveProperty('flow')
  })

  test('T059 serves several domains on one port, each with its certificate, and takes new ones for them', async () => {
    const hosts = { 'Renewed.example.com': certificates.renewed, 'client.example.com': certificates.client }
    const far = await listening({ ...certificates.dns, hosts, clientCertificate: 'request' })
    const near = await listening(certificates.client)
    for (const name of ['renewed.example.com', 'client.example.com', 'example.com']) {
      const flow = await flowBetween(near, far, name)
      expect([flow.open, flow.identities]).toEqual([true, ['client.example.com']])
    }
    expect(await sendOne(near, far, 'sip7.example.net')).toHaveProperty('code', 'ERR_SIP_REFUSED')

    far.reload(certificates.dns)
    expect(await sendOne(await listening(), far, 'renewed.example.com')).toHaveProperty('flow')
    far.reload({ ...certificates.dns, hosts: { 'renewed.example.com': certificates.untrusted } })
    expect(await sendOne(await listening(), far, 'renewed.example.com')).toHaveProperty('code', 'ERR_SIP_REFUSED')
    const nonsense = { ...certificates.renewed, hosts: { 'client.example.com': { cert: 'x', key: 'x' } } }
    expect(() => far.reload(nonsense)).toThrow(/key of client\.example\.com cannot be used/)
    expect(await sendOne(await listening(), far, 'example.com')).toHaveProperty('flow')
  })

  test('T058 speaks TLS 1.2 and newer', async () => {
    const far = await listening(certificates.dns)
    const dropped = next(far, 'drop')
    const old = connectTls({
      port: far.local.port,
      host: '127.0.0.1',
      ca: testCa,
      maxVersion: 'TLSv1.1',
      minVersion: 'TLSv1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    })
    await expect(once(old, 'secureConnect')).rejects.toHaveProperty('code', 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION')
    expect((await dropped)[0]).toBe('tls-handshake')
  })

  test('T050 says who refused its certificate, or went away in the middle', async () => {
    const far = await listening(certificates.wildcard)
    const dropped: [string, string | undefined][] = []
    far.on('drop', (reason, source) => dropped.push([reason, source && `${source.addr} ${source.port > 1023}`]))
    const left = next(far, 'drop')
    ;(await plain(far)).destroy()
    await left
    const refused = next(far, 'drop')
    expect(await sendOne(await listening(), far, 'example.com')).toHaveProperty('code', 'ERR_SIP_REFUSED')
    await refused
    expect(dropped).toEqual([
      ['tls-handshake', '127.0.0.1 true'],
      ['tls-handshake', '127.0.0.1 true'],
    ])
  })

  test('T050 plain text at the port, and handshakes that never end, stay bounded', async () => {
    const clock = new VirtualClock()
    const far = await listening({ ...certificates.dns, maxConnectionsPerSource: 3, clock })
    const reasons: string[] = []
    far.on('drop', (reason) => reasons.push(reason))
    const whose: (number | undefined)[] = []
    far.on('drop', (_reason, source) => whose.push(source?.port))
    const text = await plain(far)
    const { localPort } = text
    text.write(optionsFrom('SIP/2.0/TCP x').toBytes())
    await once(text.resume(), 'close')
    expect([reasons, whose]).toEqual([['tls-handshake'], [localPort]])
    for (let k = 0; k < 3; k++) await plain(far)
    const fourth = await plain(far)
    await once(fourth.resume(), 'close')
    expect(reasons.splice(0)).toEqual(['tls-handshake', 'too-many-connections-of-source'])
    // A handshake that has been waited for gives way to one that goes on.
    clock.advance(1000)
    expect(await sendOne(await listening(), far, 'example.com')).toHaveProperty('flow')
    expect(reasons).toEqual(['tls-handshake'])
  })

  test('T075 T076 T077 T078 T079 uses the connection of a peer that proved its alias', async () => {
    const proxy = await listening({ ...certificates.dns, clientCertificate: 'request' })
    const edge = await listening({
      ...certificates.client,
      alias: true,
      advertise: { host: 'client.example.com', port: 9 },
    })
    expect(edge.via('z9hG4bK1').toString()).toContain(';alias')
    await flowBetween(edge, proxy, 'example.com', 'SIP/2.0/TLS client.example.com:9;alias')
    const back = next(edge, 'message')
    const target = { ...targetAt('tls', '127.0.0.1', 9), serverName: 'client.example.com' }
    proxy.send(optionsFrom('SIP/2.0/TLS x').toBytes(), target)
    const [, source] = await back
    expect(source.addr).toBe('127.0.0.1')
    const refusalOf = (port: number, serverName: string): Promise<SipError> =>
      failureOf(proxy, optionsFrom('SIP/2.0/TLS x').toBytes(), { ...targetAt('tls', '127.0.0.1', port), serverName })
    expect((await refusalOf(9, 'other.example')).message).toContain('refused')
    // It cannot go on naming ports for ever.
    for (let port = 10; port < 20; port++) {
      await flowBetween(edge, proxy, 'example.com', `SIP/2.0/TLS client.example.com:${port};alias`)
    }
    expect((await refusalOf(19, 'client.example.com')).message).toContain('refused')
    const gone = next(proxy, 'flowClosed')
    source.flow?.close()
    await gone
    const unreachable = new Promise<SipError>((resolve) => {
      const nobody = { ...targetAt('tls', '127.0.0.1', 9), serverName: 'client.example.com' }
      proxy.send(optionsFrom('SIP/2.0/TLS x').toBytes(), nobody, { onSendError: resolve })
    })
    expect((await unreachable).message).toContain('refused')

    const impostor = await listening({ ...certificates.renewed })
    await flowBetween(impostor, proxy, 'example.com', 'SIP/2.0/TLS other.example:9;alias')
    const refused = new Promise<SipError>((resolve) => {
      const other = { ...targetAt('tls', '127.0.0.1', 9), serverName: 'other.example' }
      proxy.send(optionsFrom('SIP/2.0/TLS x').toBytes(), other, { onSendError: resolve })
    })
    expect((await refused).code).toBe('ERR_SIP_REFUSED')
  })

  test('T073 gives a sips Contact without a transport, and a sip Contact that leads to TLS', async () => {
    const leg = await listening(certificates.dns)
    expect(leg.contact('a').toString()).toBe(`sips:a@127.0.0.1:${leg.local.port}`)
    expect(leg.contact('a', false).toString()).toBe(`sip:a@127.0.0.1:${leg.local.port};transport=tls`)
  })

  test('certificates, keys and issuers may be the octets of their files, of any Uint8Array', async () => {
    const { cert, key } = certificates.dns
    const far = await listening({ cert: octets(cert), key: octets(key), ca: [octets(testCa)] })
    const near = await listening({ ca: octets(testCa) })
    expect(await sendOne(near, far, 'example.org')).toMatchObject({ proto: 'tls' })
  })

  test('a certificate that cannot be used is an error at once', async () => {
    await expect(listenTls({ port: 0, cert: 'nonsense', key: 'nonsense' })).rejects.toMatchObject({
      code: 'ERR_SIP_ARGUMENT',
    })
    const [cert, key] = ['-----BEGIN CERTIFICATE-----', '-----BEGIN PRIVATE KEY-----']
    await expect(listenTls({ port: 0, cert, key })).rejects.toMatchObject({ code: 'ERR_SIP_ARGUMENT' })
  })

  test('a certificate without its key, and names of files, are told at once', async () => {
    const { cert, key } = certificates.dns
    await expect(listenTls({ port: 0, cert })).rejects.toThrow('there is a cert, and no key')
    await expect(listenTls({ port: 0, cert, key: 'key.pem' })).rejects.toThrow('not its name')
    await expect(listenTls({ port: 0, cert, key, ca: ['ca.pem'] })).rejects.toThrow('not its name')
    await expect(listenTls({ port: 0, cert, key, hosts: { 'a.example': { cert } } })).rejects.toThrow('of a.example')
  })

  test('says in words why a handshake failed', async () => {
    const unknown = await sendOne(await listenTlsAlone(), await listening(certificates.dns), 'example.org')
    expect(unknown).toMatchObject({ message: expect.stringMatching(/ certificate.*: to trust .* 'ca'$/) })
    const bare = await sendOne(await listening(), await listening(), 'example.org')
    expect(bare).toMatchObject({
      message: expect.stringMatching(/ failed: [\w /]+ handshake failure \(ERR_SSL_\w+\)$/),
    })
  })
})
