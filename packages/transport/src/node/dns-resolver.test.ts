import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseUri } from '@netsip/message'
import { SeededRandom, VirtualClock } from '@netsip/runtime/testing'
import { afterEach, describe, expect, test } from 'vitest'
import { hopOf } from '../resolver/hop.ts'
import type { Protocol } from '../protocol.ts'
import { targetAt } from '../target.ts'
import { dnsResolver, type DnsResolverOptions } from './dns-resolver.ts'
import { parseHosts } from './hosts-file.ts'
import { a, aaaa, DnsServer, naptr, srv, type Zone } from './testing/dns-server.ts'

const all: readonly Protocol[] = ['udp', 'tcp', 'tls']
const open: { close(): void }[] = []

afterEach(() => {
  for (const one of open.splice(0)) one.close()
})

interface Ask {
  (uri: string, protocols?: readonly Protocol[]): Promise<string[]>
  server: DnsServer
  resolver: ReturnType<typeof dnsResolver>
}

async function asking(zone: Zone, options: DnsResolverOptions = {}): Promise<Ask> {
  const server = await DnsServer.start(zone)
  open.push(server)
  const resolver = dnsResolver({ servers: [server.address], hostsFile: null, queryTimeout: 200, ...options })
  const ask = async (uri: string, protocols = all): Promise<string[]> => {
    const targets = await resolver.resolve(hopOf(parseUri(uri)), protocols)
    return targets.map((t) => [t.protocol, t.addr, t.port, t.serverName].filter(Boolean).join(' '))
  }
  return Object.assign(ask, { server, resolver })
}

const hosts: Zone = {
  'one.example.com': [a('one.example.com', '192.0.2.1'), aaaa('one.example.com', '2001:db8::1')],
  'two.example.com': [a('two.example.com', '192.0.2.2')],
}

describe('dnsResolver, asking a name server', () => {
  test('T094e T100 a name without NAPTR and SRV is its own server, at the default port', async () => {
    const ask = await asking(hosts)
    const found = await ask('sip:one.example.com')
    expect(found.toSorted()).toEqual(['udp 192.0.2.1 5060', 'udp 2001:db8::1 5060'])
    expect(await ask('sips:two.example.com')).toEqual(['tls 192.0.2.2 5061 two.example.com'])
    expect(await ask('sip:two.example.com', ['tcp'])).toEqual(['tcp 192.0.2.2 5060'])
  })

  test('T097 with a port nothing but addresses is asked for', async () => {
    const ask = await asking(hosts)
    expect(await ask('sip:two.example.com:5060')).toEqual(['udp 192.0.2.2 5060'])
    expect(await ask('sip:two.example.com:5070;transport=tcp')).toEqual(['tcp 192.0.2.2 5070'])
    expect(new Set(ask.server.questions)).toEqual(new Set(['A two.example.com', 'AAAA two.example.com']))
  })

  test('T094d T098 SRV for each transport that there is a leg for', async () => {
    const ask = await asking({
      ...hosts,
      '_sip._udp.example.com': [srv('_sip._udp.example.com', 'one.example.com', 5070)],
      '_sip._tcp.example.com': [srv('_sip._tcp.example.com', 'two.example.com', 5071)],
      '_sips._tcp.example.com': [srv('_sips._tcp.example.com', 'two.example.com', 5072)],
      'one.example.com': [a('one.example.com', '192.0.2.1')],
    })
    expect(await ask('sip:example.com')).toEqual([
      'udp 192.0.2.1 5070',
      'tcp 192.0.2.2 5071',
      'tls 192.0.2.2 5072 example.com',
    ])
    expect(await ask('sip:example.com', ['tcp'])).toEqual(['tcp 192.0.2.2 5071'])
    expect(await ask('sip:example.com;transport=tcp')).toEqual(['tcp 192.0.2.2 5071'])
    expect(await ask('sips:example.com')).toEqual(['tls 192.0.2.2 5072 example.com'])
  })

  test('T099 priorities in order; "." means that there is no such service', async () => {
    const ask = await asking({
      ...hosts,
      '_sip._udp.example.com': [
        srv('_sip._udp.example.com', 'two.example.com', 5062, 20),
        srv('_sip._udp.example.com', 'missing.example.com', 5061, 10),
        srv('_sip._udp.example.com', 'two.example.com', 5060, 10),
      ],
      '_sip._udp.none.example': [srv('_sip._udp.none.example', '.', 0)],
      'none.example': [a('none.example', '192.0.2.9')],
    })
    expect(await ask('sip:example.com;transport=udp')).toEqual(['udp 192.0.2.2 5060', 'udp 192.0.2.2 5062'])
    await expect(ask('sip:none.example', ['udp'])).rejects.toMatchObject({ code: 'ERR_SIP_UNRESOLVED' })
  })

  test('T099 T108 weights share the load', async () => {
    const zone: Zone = {
      '_sip._udp.example.com': [
        srv('_sip._udp.example.com', 'one.example.com', 1, 0, 75),
        srv('_sip._udp.example.com', 'two.example.com', 2, 0, 25),
      ],
      'one.example.com': [a('one.example.com', '192.0.2.1')],
      'two.example.com': [a('two.example.com', '192.0.2.2')],
    }
    const ask = await asking(zone, { random: new SeededRandom(1) })
    let first = 0
    for (let k = 0; k < 400; k++) if ((await ask('sip:example.com', ['udp']))[0] === 'udp 192.0.2.1 1') first++
    expect(first).toBeGreaterThan(260)
    expect(first).toBeLessThan(340)
    // T108: a stateless proxy needs the same answer each time
    const fixed = await asking(zone, { random: null })
    for (let k = 0; k < 20; k++) expect((await fixed('sip:example.com', ['udp']))[0]).toBe('udp 192.0.2.1 1')
  })

  test('T094c T095 T096 T096b T096c T096d NAPTR says which transports, in which order', async () => {
    const ask = await asking({
      ...hosts,
      'example.com': [
        naptr('example.com', 'SIP+D2U', '_sip._udp.example.com', 30),
        naptr('example.com', 'SIPS+D2T', 'tls.example.com', 20),
        naptr('example.com', 'SIP+D2T', '_sip._tcp.example.com', 20, 5),
        naptr('example.com', 'E2U+email', 'mail.example.com', 1),
        naptr('example.com', 'SIP+D2S', 'sctp.example.com', 2),
        naptr('example.com', 'SIP+D2U', 'two.example.com', 3, 1, 'a'),
        naptr('example.com', 'SIP+D2U', 'regexp.example.com', 4, 1, 's', '!^.*$!sip:x!'),
      ],
      '_sip._udp.example.com': [srv('_sip._udp.example.com', 'two.example.com', 1)],
      '_sip._tcp.example.com': [srv('_sip._tcp.example.com', 'two.example.com', 2)],
      'tls.example.com': [srv('tls.example.com', 'two.example.com', 3)],
    })
    const [tcp, tls, udp] = ['tcp 192.0.2.2 2', 'tls 192.0.2.2 3 example.com', 'udp 192.0.2.2 1']
    expect(await ask('sip:example.com')).toEqual([tcp, tls, udp])
    expect(await ask('sip:example.com', ['udp'])).toEqual([udp])
    expect(await ask('sips:example.com')).toEqual([tls])
  })

  test('T101 T101b no target twice', async () => {
    const twice = [a('x.example', '192.0.2.1'), a('x.example', '192.0.2.1')]
    const ask = await asking({ 'x.example': twice })
    expect(await ask('sip:x.example:5060')).toEqual(['udp 192.0.2.1 5060'])
  })

  test('T110 what does not exist, fails, is silent or is nonsense ends in an error, in time', async () => {
    const zone: Zone = {
      'fails.example': 2,
      'silent.example': 'silence',
      'mad.example': 'nonsense',
      'pointer.example': 'loop',
    }
    const ask = await asking(zone, { queryTimeout: 20 })
    for (const host of ['unknown.example', ...Object.keys(zone)]) {
      await expect(ask(`sip:${host}`)).rejects.toMatchObject({
        code: 'ERR_SIP_UNRESOLVED',
        message: expect.stringContaining(host),
      })
    }
  })

  test('T110 a loop of aliases ends', async () => {
    const ask = await asking({
      'loop.example': [{ type: 'CNAME', name: 'loop.example', data: 'pool.example' }],
      'pool.example': [{ type: 'CNAME', name: 'pool.example', data: 'loop.example' }],
    })
    await expect(ask('sip:loop.example')).rejects.toMatchObject({ code: 'ERR_SIP_UNRESOLVED' })
  })

  test('T110 records that lead back to their own name end', async () => {
    const ask = await asking({
      'naptr.example': [
        naptr('naptr.example', 'SIP+D2U', 'naptr.example'),
        naptr('naptr.example', '', 'naptr.example', 1, 1, ''),
      ],
      '_sip._udp.srv.example': [srv('_sip._udp.srv.example', '_sip._udp.srv.example', 5060)],
      '_sip._udp.alias.example': [srv('_sip._udp.alias.example', 'loop.example', 5060)],
      'loop.example': [{ type: 'CNAME', name: 'loop.example', data: 'loop.example' }],
    })
    for (const name of ['naptr.example', 'srv.example', 'alias.example']) {
      await expect(ask(`sip:${name}`)).rejects.toMatchObject({ code: 'ERR_SIP_UNRESOLVED' })
    }
    expect(ask.server.questions.length).toBeLessThan(40)
  })

  test('T110 nobody at the address of the name server is an error at once', async () => {
    const ask = await asking({})
    ask.server.close()
    open.pop()
    await expect(ask('sip:example.com')).rejects.toMatchObject({ code: 'ERR_SIP_UNRESOLVED' })
  })

  test('T101 an answer too long for UDP is fetched by TCP, and only so much of it followed', async () => {
    const names = Array.from({ length: 300 }, (_, k) => `server${k}.example.com`)
    const ask = await asking({
      'example.com': names.slice(0, 100).map((_, k) => naptr('example.com', 'SIP+D2U', `service${k}.example.com`, k)),
      ...Object.fromEntries(
        names.map((_, k) => [
          `service${k}.example.com`,
          names.map((name) => srv(`service${k}.example.com`, name, 5060 + k)),
        ]),
      ),
      ...Object.fromEntries(
        names.map((name, k) => [name, Array.from({ length: 60 }, (_, n) => a(name, `192.0.${k % 256}.${n}`))]),
      ),
    })
    const found = await ask('sip:example.com')
    expect(ask.server.overTcp).toBeGreaterThan(0)
    expect(found).toHaveLength(32)
    expect(ask.server.questions.length).toBeLessThan(500)
  })

  test('T110 gives up after its time even when the clock is all that moves', async () => {
    const clock = new VirtualClock()
    const ask = await asking({ 'silent.example': 'silence' }, { clock, timeout: 3000, queryTimeout: 5000 })
    const failed = ask('sip:silent.example:5060')
    clock.advance(3000)
    await expect(failed).rejects.toMatchObject({ message: expect.stringContaining('within 3000 ms') })
  })

  test('T110c remembers answers for their TTL, and T110b that there is nothing for less', async () => {
    const clock = new VirtualClock()
    const ask = await asking({ 'x.example': [a('x.example', '192.0.2.1', 60)] }, { clock })
    const asked = async (uri: string): Promise<number> => {
      const before = ask.server.questions.length
      await ask(uri).catch(() => {})
      return ask.server.questions.filter((question, index) => index >= before && question.startsWith('A ')).length
    }
    expect(await asked('sip:x.example:5060')).toBe(1)
    clock.advance(59_000)
    expect(await asked('sip:X.EXAMPLE:5060')).toBe(0)
    clock.advance(2000)
    expect(await asked('sip:x.example:5060')).toBe(1)
    expect(await asked('sip:nobody.example:5060')).toBe(1)
    clock.advance(9000)
    expect(await asked('sip:nobody.example:5060')).toBe(0)
    clock.advance(2000)
    expect(await asked('sip:nobody.example:5060')).toBe(1)
  })

  test('T110d a target that failed is put last for a while', async () => {
    const clock = new VirtualClock()
    const zone = { 'x.example': [a('x.example', '192.0.2.1'), a('x.example', '192.0.2.2')] }
    const ask = await asking(zone, { clock })
    const [first, second] = await ask('sip:x.example:5060')
    ask.resolver.avoid(targetAt('udp', first?.split(' ')[1] ?? '', 5060), 5000)
    expect(await ask('sip:x.example:5060')).toEqual([second, first])
    clock.advance(5001)
    expect(await ask('sip:x.example:5060')).toEqual([first, second])
  })

  test('asks once for the same name at the same time', async () => {
    const ask = await asking({ 'x.example': [a('x.example', '192.0.2.1')] })
    await Promise.all(Array.from({ length: 20 }, () => ask('sip:x.example:5060')))
    expect(ask.server.questions.toSorted()).toEqual(['A x.example', 'AAAA x.example'])
  })

  test('T111 T112 localhost, the hosts file and literal addresses need no DNS', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'netsip-'))
    open.push({ close: () => rmSync(folder, { recursive: true }) })
    const file = join(folder, 'hosts')
    writeFileSync(file, '192.0.2.50 Desk.local desk # the desk\n2001:db8::50 desk.\n')
    const ask = await asking({}, { hostsFile: file })
    expect(await ask('sip:DESK')).toEqual(['udp 192.0.2.50 5060', 'udp 2001:db8::50 5060'])
    expect(await ask('sip:desk.local.')).toEqual(['udp 192.0.2.50 5060'])
    expect(await ask('sip:localhost:5070')).toEqual(['udp 127.0.0.1 5070', 'udp ::1 5070'])
    expect(await ask('sip:192.0.2.1')).toEqual(['udp 192.0.2.1 5060'])
    expect(ask.server.questions).toEqual([])
  })
})

test('T111 a hosts file that cannot be read has no names in it', async () => {
  const ask = await asking(hosts, { hostsFile: tmpdir() })
  expect(await ask('sip:two.example.com:5070')).toEqual(['udp 192.0.2.2 5070'])
})

test('T111 reads hosts files as people write them', () => {
  const names = parseHosts('# comment\n127.0.0.1\tlocalhost loop\n\n::1 localhost\nnonsense here\n 10.0.0.1 a b\n')
  expect([...names]).toEqual([
    ['localhost', ['127.0.0.1', '::1']],
    ['loop', ['127.0.0.1']],
    ['a', ['10.0.0.1']],
    ['b', ['10.0.0.1']],
  ])
})

test('a resolver whose bounds are none is refused', () => {
  for (const wrong of [
    { server: [] },
    { cacheSize: 0 },
    { timeout: Number.NaN },
    { queryTimeout: -1 },
    { servers: '192.0.2.53' },
    { servers: ['dns.example.com'] },
  ]) {
    expect(() => dnsResolver(wrong as object)).toThrow(expect.objectContaining({ code: 'ERR_SIP_ARGUMENT' }))
  }
})
