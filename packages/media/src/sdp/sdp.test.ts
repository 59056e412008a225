import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addressOf, directionOf, type SessionDescription } from './description.ts'
import { parseSdp } from './parse.ts'
import { writeSdp } from './write.ts'

const head = ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0']

function sdp(...lines: string[]): string {
  return [...head, ...lines, ''].join('\r\n')
}

function audio(...lines: string[]): SessionDescription {
  return parseSdp(sdp('m=audio 4000 RTP/AVP 0 8 96', ...lines))
}

function connection(line: string): unknown {
  return audio(line).media[0]!.connections[0]
}

function direction(text: string): unknown {
  const session = parseSdp(text)
  return directionOf(session, session.media[0]!)
}

const refused = expect.objectContaining({ name: 'MediaError', code: 'ERR_MEDIA_SDP' })

describe('reading', () => {
  test('A001 A002 takes LF as well as CRLF, text as well as bytes', () => {
    const text = sdp('m=audio 4000 RTP/AVP 0')
    expect(parseSdp(text.replaceAll('\r\n', '\n'))).toEqual(parseSdp(text))
    expect(parseSdp(new TextEncoder().encode(text))).toEqual(parseSdp(text))
  })

  test('A005 keeps numbers of 19 digits exact', () => {
    const { origin } = parseSdp(sdp().replace('o=- 1 1', 'o=alice 9223372036854775807 9223372036854775807'))
    expect(origin).toEqual({
      username: 'alice',
      sessionId: '9223372036854775807',
      version: 9223372036854775807n,
      family: 'IP4',
      address: '192.0.2.1',
    })
  })

  test('A004 A006 A007 fills in a missing or empty s= and a missing t=', () => {
    const bare = head.filter((line) => !/^[st]=/.test(line)).join('\r\n')
    expect(parseSdp(bare)).toMatchObject({ name: '-', timing: '0 0', media: [] })
    expect(parseSdp(sdp().replace('s=-', 's='))).toMatchObject({ name: '-' })
  })

  test.each([
    ['A001b a space before the =', sdp('a =x')],
    ['A001 a letter that does not exist', sdp('x=1')],
    ['A001 text without a letter', 'hello'],
    ['A001c session lines after an m=', sdp('m=audio 4000 RTP/AVP 0', 't=0 0')],
    ['A004 another version', sdp().replace('v=0', 'v=1')],
    ['A004 no v= in front', sdp().replace('v=0\r\n', '')],
    ['A004 two s=', sdp('s=again')],
    ['A005 no o=', sdp().replace(/o=.*\r\n/, '')],
    ['A005 five fields in o=', sdp().replace('o=- 1 1 IN', 'o=- 1 IN')],
    ['A005 a version that is no number', sdp().replace('o=- 1 1', 'o=- 1 x')],
    ['A008 no c= for a stream', sdp('m=audio 4000 RTP/AVP 0').replace(/c=.*\r\n/, '')],
    ['A008 a c= of another network', sdp().replace(/c=.*/, 'c=ATM NSAP 47')],
    ['A008 two c= for the session', sdp('c=IN IP4 192.0.2.2')],
    ['A009b a port over 65535', sdp('m=audio 65536 RTP/AVP 0')],
    ['A009 no format', sdp('m=audio 4000 RTP/AVP')],
    ['A024 more than 128 formats', sdp(`m=audio 4000 RTP/AVP${' 0'.repeat(129)}`)],
    ['A024 more than 1000 lines', sdp('a=x\r\n'.repeat(1000))],
    ['A024 more than 64 KiB', sdp(`a=${'x'.repeat(65_536)}`)],
    ['a NUL', sdp('a=x\0y')],
    ['a lone CR', sdp('a=x\rc=IN IP4 0.0.0.0')],
    ['nothing', ''],
  ])('refuses %s', (_what, text) => {
    expect(() => parseSdp(text)).toThrow(refused)
  })

  test('A008b the c= of the stream wins, A008c the first of several counts', () => {
    const session = parseSdp(
      sdp('m=audio 4000 RTP/AVP 0', 'c=IN IP4 192.0.2.7', 'c=IN IP4 192.0.2.8', 'm=audio 5000 RTP/AVP 0'),
    )
    expect(session.media.map((media) => addressOf(session, media)?.address)).toEqual(['192.0.2.7', '192.0.2.1'])
  })

  test('A008d A008e A010 takes IPv6, host names, and leaves the TTL of multicast out', () => {
    expect(connection('c=IN IP6 2001:db8::1')).toEqual({ family: 'IP6', address: '2001:db8::1' })
    expect(connection('c=IN IP4 media.example.com')).toEqual({ family: 'IP4', address: 'media.example.com' })
    expect(connection('c=IN IP4 224.2.36.42/127')).toEqual({ family: 'IP4', address: '224.2.36.42' })
  })

  test('A009 A009c port 0 needs no c=, and a port may come with a count', () => {
    const text = sdp('m=video 0 RTP/AVP 31', 'm=audio 4000/2 RTP/AVP 0')
    expect(parseSdp(text).media.map(({ port }) => port)).toEqual([0, 4000])
    expect(parseSdp(sdp('m=image 0 udptl t38').replace(/c=.*\r\n/, '')).media[0]).toMatchObject({ formats: ['t38'] })
  })

  test('A011 A012 A014 knows what a payload type means: from the rtpmap, or by itself', () => {
    const { payloads } = audio('a=rtpmap:96 opus/48000/2', 'a=fmtp:96 useinbandfec=1', 'a=rtpmap:8 G722/8000').media[0]!
    expect(payloads).toEqual([
      { payloadType: 0, name: 'PCMU', clockRate: 8000, channels: 1 },
      { payloadType: 8, name: 'G722', clockRate: 8000, channels: 1 },
      { payloadType: 96, name: 'opus', clockRate: 48000, channels: 2, fmtp: 'useinbandfec=1' },
    ])
    expect(audio().media[0]!.payloads).toHaveLength(2)
  })

  test('A012b knows the static types of video', () => {
    const { payloads } = parseSdp(sdp('m=video 4000 RTP/AVP 31 34')).media[0]!
    expect(payloads.map(({ name, clockRate }) => [name, clockRate])).toEqual([
      ['H261', 90000],
      ['H263', 90000],
    ])
  })

  test('A015 keeps fmtp verbatim, also when it looks like a number', () => {
    expect(audio('a=rtpmap:96 telephone-event/8000', 'a=fmtp:96 16').media[0]!.payloads[2]).toMatchObject({
      fmtp: '16',
    })
  })

  test('A016 A016b D176b direction: the stream before the session before sendrecv', () => {
    expect(direction(sdp('m=audio 4000 RTP/AVP 0'))).toBe('sendrecv')
    expect(direction(sdp('a=sendonly', 'm=audio 4000 RTP/AVP 0'))).toBe('sendonly')
    expect(direction(sdp('a=sendonly', 'm=audio 4000 RTP/AVP 0', 'a=inactive'))).toBe('inactive')
  })

  test('A017 A018 reads ptime, maxptime and rtcp, and leaves out what cannot be', () => {
    expect(audio('a=ptime:30', 'a=maxptime:60', 'a=rtcp:53020 IN IP6 2001:db8::1').media[0]).toMatchObject({
      ptime: 30,
      maxptime: 60,
      rtcp: { port: 53020, family: 'IP6', address: '2001:db8::1' },
    })
    expect(audio('a=rtcp:53020').media[0]!.rtcp).toEqual({ port: 53020 })
    const odd = audio('a=ptime:0', 'a=maxptime:99999', 'a=rtcp:0').media[0]!
    expect([odd.ptime, odd.maxptime, odd.rtcp]).toEqual([undefined, undefined, undefined])
  })

  test('A019 a key in k= is dropped', () => {
    const session = parseSdp(sdp('k=clear:secret', 'm=audio 4000 RTP/AVP 0', 'k=clear:other'))
    expect(session.media).toHaveLength(1)
    expect(writeSdp(session)).not.toMatch(/k=|secret|other/)
  })

  test('A016c of two directions at one level the last counts', () => {
    expect(direction(sdp('m=audio 4000 RTP/AVP 0', 'a=sendonly', 'a=inactive'))).toBe('inactive')
  })

  test('A003 A020 keeps what it does not know, verbatim and in order', () => {
    const lines = ['mid:a', 'x-thing:1:2', 'rtcp-mux', 'crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc']
    expect(audio(...lines.map((line) => `a=${line}`)).media[0]!.attributes).toEqual([
      { name: 'mid', value: 'a' },
      { name: 'x-thing', value: '1:2' },
      { name: 'rtcp-mux' },
      { name: 'crypto', value: '1 AES_CM_128_HMAC_SHA1_80 inline:abc' },
    ])
  })

  test('A007 no bytes make it throw anything but MediaError', () => {
    const line = fc.oneof(
      fc.constantFrom(
        'a=rtpmap:0 PCMU/8000',
        'm=audio 1 RTP/AVP 0',
        'c=IN IP4 192.0.2.1',
        'a=fmtp:0 1',
        'a=rtcp:1 IN IP4',
      ),
      fc.string({ unit: 'binary' }),
      fc.string().map((text) => `a=${text}`),
    )
    const texts = fc.array(line).map((lines) => [...head, ...lines].join('\r\n'))
    fc.assert(
      fc.property(fc.oneof(texts, fc.uint8Array({ maxLength: 300, size: 'max' })), (text) => {
        let outcome: unknown
        try {
          parseSdp(text)
        } catch (error) {
          outcome = error
        }
        expect([undefined, refused]).toContainEqual(outcome)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('writing', () => {
  const description = parseSdp(
    sdp(
      'a=recvonly',
      'a=tool:x',
      'm=audio 4000 RTP/AVP 0 96',
      'c=IN IP6 2001:db8::1',
      'a=rtpmap:0 PCMU/8000',
      'a=rtpmap:96 opus/48000/2',
      'a=fmtp:96 stereo=1',
      'a=rtcp:4003',
      'a=ptime:20',
      'a=maxptime:60',
      'a=sendonly',
      'a=mid:1',
    ).replace('o=- 1 1', 'o=- 9223372036854775806 9223372036854775807'),
  )

  test('A002 A005 A010 what it writes it reads, lines ended by CRLF, numbers exact', () => {
    const text = writeSdp(description)
    expect(parseSdp(text)).toEqual(description)
    expect(text).toMatch(/^v=0\r\no=- 9223372036854775806 9223372036854775807 IN IP4 192\.0\.2\.1\r\n/)
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
    expect(text).toContain('c=IN IP6 2001:db8::1\r\n')
  })

  test.each(['name', 'timing'] as const)('A021 refuses a line break in %s', (field) => {
    expect(() => writeSdp({ ...description, [field]: '-\r\na=evil' })).toThrow(refused)
  })

  test('A021 refuses a line break anywhere else too', () => {
    const evil = 'x\na=evil'
    const [media] = description.media
    const changes: Partial<SessionDescription>[] = [
      { origin: { ...description.origin, username: evil } },
      { connection: { family: 'IP4', address: evil } },
      { attributes: [{ name: 'x', value: evil }] },
      { media: [{ ...media!, payloads: [{ ...media!.payloads[0]!, fmtp: evil }] }] },
      { media: [{ ...media!, formats: [evil] }] },
    ]
    for (const change of changes) expect(() => writeSdp({ ...description, ...change })).toThrow(refused)
  })
})
