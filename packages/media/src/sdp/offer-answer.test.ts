import { SeededRandom } from '@netsip/runtime/testing'
import { describe, expect, test } from 'vitest'
import { PCMA, PCMU } from '../codecs.ts'
import type { Direction } from './description.ts'
import { agreedDirection, reverse } from './direction.ts'
import { OfferAnswer } from './offer-answer.ts'
import type { LocalAudio } from './offer.ts'
import { parseSdp } from './parse.ts'
import { eventsOf } from './telephone-event.ts'

const local: LocalAudio = {
  family: 'IP4',
  address: '192.0.2.1',
  port: 4000,
  rtcpPort: 4001,
  codecs: [PCMU, PCMA],
  direction: 'sendrecv',
  ptime: 20,
}

const machine = (): OfferAnswer => new OfferAnswer(new SeededRandom(1))

function remote(...lines: string[]): string {
  return ['v=0', 'o=bob 5 1 IN IP4 192.0.2.2', 's=-', 'c=IN IP4 192.0.2.2', 't=0 0', ...lines, ''].join('\r\n')
}

function ptime(...lines: string[]): number {
  return machine().acceptOffer(remote('m=audio 6000 RTP/AVP 0', ...lines), local).agreed!.ptime
}

function versionOf(sdp: string): bigint {
  return parseSdp(sdp).origin.version
}

describe('offer', () => {
  test('A022 A070 D180 lists every codec and telephone-event with its clock', () => {
    const { media, origin, connection } = parseSdp(machine().createOffer(local))
    expect(origin).toMatchObject({ username: '-', version: 1n, family: 'IP4', address: '192.0.2.1' })
    expect(connection).toEqual({ family: 'IP4', address: '192.0.2.1' })
    expect(media).toHaveLength(1)
    expect(media[0]).toMatchObject({
      type: 'audio',
      port: 4000,
      protocol: 'RTP/AVP',
      formats: ['0', '8', '101'],
      direction: 'sendrecv',
      ptime: 20,
    })
    expect(media[0]!.payloads[2]).toEqual({
      payloadType: 101,
      name: 'telephone-event',
      clockRate: 8000,
      channels: 1,
      fmtp: '0-16',
    })
  })

  test('A018 names the RTCP port only when it is not the next one', () => {
    expect(machine().createOffer(local)).not.toContain('a=rtcp')
    expect(machine().createOffer({ ...local, rtcpPort: 5555 })).toContain('a=rtcp:5555\r\n')
  })

  test('A010 offers IPv6 without brackets', () => {
    const offer = machine().createOffer({ ...local, family: 'IP6', address: '2001:db8::1' })
    expect(offer).toContain('c=IN IP6 2001:db8::1\r\n')
  })

  test('D181 the version grows by one with each change, and only then', () => {
    const oa = machine()
    const first = oa.createOffer(local)
    expect(oa.createOffer(local)).toBe(first)
    const hold = oa.createOffer({ ...local, direction: 'sendonly' })
    expect(versionOf(hold)).toBe(versionOf(first) + 1n)
    expect(parseSdp(hold).origin.sessionId).toBe(parseSdp(first).origin.sessionId)
    expect(versionOf(oa.createOffer(local))).toBe(versionOf(first) + 2n)
  })
})

describe('answer to an offer', () => {
  test('D177 D177b A131 takes the formats in the order of the offer, with its numbers', () => {
    const offer = remote('m=audio 6000 RTP/AVP 18 97 0 96', 'a=rtpmap:97 pcma/8000', 'a=rtpmap:96 telephone-event/8000')
    const { answer, agreed } = machine().acceptOffer(offer, local)
    const [media] = parseSdp(answer).media
    expect(media!.formats).toEqual(['97', '0', '96'])
    expect(agreed).toMatchObject({
      codec: PCMA,
      payloadType: 97,
      direction: 'sendrecv',
      ptime: 20,
      remote: { address: '192.0.2.2', port: 6000, rtcp: { address: '192.0.2.2', port: 6001 } },
      events: { sendType: 96, receiveType: 96 },
    })
    expect([...agreed!.receive]).toEqual([
      [97, PCMA],
      [0, PCMU],
    ])
  })

  test('D174 D174b D174c A113 answers each section in its place, and refuses the others with port 0', () => {
    const offer = remote(
      'm=video 7000 RTP/AVP 31',
      'm=audio 6000 RTP/SAVP 0',
      'm=audio 6002 RTP/AVP 0',
      'm=audio 6004 RTP/AVP 0',
      'm=image 8000 udptl t38',
      'm=audio 9000 UDP/TLS/RTP/SAVP 0',
    )
    const { answer, agreed } = machine().acceptOffer(offer, local)
    const { media } = parseSdp(answer)
    expect(media.map(({ type, port, protocol, formats }) => [type, port, protocol, formats.join(' ')])).toEqual([
      ['video', 0, 'RTP/AVP', '31'],
      ['audio', 0, 'RTP/SAVP', '0'],
      ['audio', 4000, 'RTP/AVP', '0'],
      ['audio', 0, 'RTP/AVP', '0'],
      ['image', 0, 'udptl', 't38'],
      ['audio', 0, 'UDP/TLS/RTP/SAVP', '0'],
    ])
    expect(agreed!.remote.port).toBe(6002)
  })

  test('D174d D174e copies the time of the offer, and has an o= of its own', () => {
    const offer = remote('m=audio 6000 RTP/AVP 0').replace('t=0 0', 't=3724394400 3724398000')
    const { answer } = machine().acceptOffer(offer, local)
    expect(answer).toContain('t=3724394400 3724398000\r\n')
    expect(answer).toMatch(/^o=- \d+ 1 IN IP4 192\.0\.2\.1\r$/m)
  })

  test.each([
    ['D179 no codec of ours', 'm=audio 6000 RTP/AVP 18', 'G729/8000'],
    ['D179c a protocol we do not have', 'm=audio 6000 RTP/SAVP 0', 'RTP/SAVP'],
    ['A022 another address family', 'm=audio 6000 RTP/AVP 0\r\nc=IN IP6 2001:db8::1', 'IP4'],
    ['only video', 'm=video 6000 RTP/AVP 31', 'video'],
  ])('D179b %s is ERR_MEDIA_NO_CODEC and says why', (_what, line, reason) => {
    const oa = machine()
    const accept = (): unknown => oa.acceptOffer(remote(line), local)
    expect(accept).toThrow(expect.objectContaining({ code: 'ERR_MEDIA_NO_CODEC' }))
    expect(accept).toThrow(reason)
    // the session is as before
    expect(versionOf(oa.createOffer(local))).toBe(1n)
  })

  test('D188 an offer without streams, or with all of them off, is answered alike', () => {
    expect(machine().acceptOffer(remote(), local).agreed).toBeUndefined()
    const { answer, agreed } = machine().acceptOffer(remote('m=audio 0 RTP/AVP 0'), local)
    expect(agreed).toBeUndefined()
    expect(answer).toContain('m=audio 0 RTP/AVP 0')
  })

  test.each<[Direction, Direction, Direction]>([
    ['sendrecv', 'sendrecv', 'sendrecv'],
    ['sendonly', 'sendrecv', 'recvonly'],
    ['recvonly', 'sendrecv', 'sendonly'],
    ['inactive', 'sendrecv', 'inactive'],
    ['sendrecv', 'sendonly', 'sendonly'],
    ['sendonly', 'sendonly', 'inactive'],
  ])('D176 D182 D182c an offer of %s with our wish of %s is answered %s', (offered, direction, answered) => {
    const offer = remote('m=audio 6000 RTP/AVP 0', `a=${offered}`)
    const { answer, agreed } = machine().acceptOffer(offer, { ...local, direction })
    expect(parseSdp(answer).media[0]!.direction).toBe(answered)
    expect(agreed!.direction).toBe(answered)
  })

  test.each(['0.0.0.0', 'hold.invalid'])('D182b a connection to %s means: do not send', (address) => {
    const offer = remote('m=audio 6000 RTP/AVP 0', `c=IN IP4 ${address}`)
    const { answer, agreed } = machine().acceptOffer(offer, local)
    expect(answer).toContain('a=recvonly')
    expect(agreed!.direction).toBe('recvonly')
  })

  test('A017 packs as the peer asks, within 10 to 60 ms', () => {
    expect([ptime(), ptime('a=ptime:30'), ptime('a=ptime:1'), ptime('a=ptime:500')]).toEqual([20, 30, 10, 60])
    expect(ptime('a=ptime:40', 'a=maxptime:20')).toBe(20)
  })

  test('A018 sends RTCP where the peer says', () => {
    const offer = remote('m=audio 6000 RTP/AVP 0', 'a=rtcp:7777 IN IP4 192.0.2.9')
    expect(machine().acceptOffer(offer, local).agreed!.remote.rtcp).toEqual({ address: '192.0.2.9', port: 7777 })
  })

  test('D175 D175c D178 A013 our next offer keeps the places and the numbers of the peer', () => {
    const oa = machine()
    const lines = ['m=video 7000 RTP/AVP 31', 'm=audio 6000 RTP/AVP 0 96', 'a=rtpmap:96 telephone-event/8000']
    oa.acceptOffer(remote(...lines), local)
    const { media } = parseSdp(oa.createOffer(local))
    expect(media.map(({ type, port }) => [type, port])).toEqual([
      ['video', 0],
      ['audio', 4000],
    ])
    expect(media[1]!.formats).toEqual(['0', '8', '96'])
  })

  test('D175b D175c a refused audio section is used again, and without one a new one is added at the end', () => {
    const oa = machine()
    oa.acceptOffer(remote('m=video 0 RTP/AVP 31', 'm=audio 0 RTP/AVP 0'), local)
    expect(parseSdp(oa.createOffer(local)).media.map(({ port }) => port)).toEqual([0, 4000])
    const other = machine()
    other.acceptOffer(remote('m=video 0 RTP/AVP 31'), local)
    expect(parseSdp(other.createOffer(local)).media.map(({ port }) => port)).toEqual([0, 4000])
  })

  test('A107 keys in an offer of RTP/AVP are not taken up: the stream is plain', () => {
    const { answer, agreed } = machine().acceptOffer(
      remote('m=audio 6000 RTP/AVP 0', 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc'),
      local,
    )
    expect(agreed).toBeDefined()
    expect(answer).not.toContain('crypto')
  })

  test('D181 the same offer again gets the same answer, word for word', () => {
    const oa = machine()
    const offer = remote('m=audio 6000 RTP/AVP 0')
    const { answer } = oa.acceptOffer(offer, local)
    expect(oa.acceptOffer(offer, local).answer).toBe(answer)
    expect(versionOf(oa.acceptOffer(`${offer}a=sendonly\r\n`, local).answer)).toBe(2n)
  })
})

describe('answer from the peer', () => {
  test('D177c A082 we send with the numbers of the answer and receive with ours', () => {
    const oa = machine()
    oa.createOffer(local)
    const lines = ['m=audio 6000 RTP/AVP 8 110', 'a=rtpmap:110 telephone-event/8000', 'a=fmtp:110 0-11']
    const agreed = oa.acceptAnswer(remote(...lines), local)
    expect(agreed).toMatchObject({ codec: PCMA, payloadType: 8, events: { sendType: 110, receiveType: 101 } })
    expect([...agreed!.events!.allowed]).toEqual([...Array(12).keys()])
    expect([...agreed!.receive.keys()]).toEqual([0, 8])
  })

  test('A084 without telephone-event in it there is none', () => {
    const oa = machine()
    oa.createOffer(local)
    expect(oa.acceptAnswer(remote('m=audio 6000 RTP/AVP 0'), local)).not.toHaveProperty('events')
  })

  test('D173 without an offer it is ERR_MEDIA_STATE, after a rollback too', () => {
    const oa = machine()
    const accept = (): unknown => oa.acceptAnswer(remote('m=audio 6000 RTP/AVP 0'), local)
    expect(accept).toThrow(expect.objectContaining({ code: 'ERR_MEDIA_STATE' }))
    oa.createOffer(local)
    expect(oa.offering).toBe(true)
    oa.rollback()
    expect(oa.offering).toBe(false)
    expect(accept).toThrow(expect.objectContaining({ code: 'ERR_MEDIA_STATE' }))
  })

  test('D172 later answers of the same peer are ignored, those of another fork replace it', () => {
    const oa = machine()
    oa.createOffer(local)
    expect(oa.acceptAnswer(remote('m=audio 6000 RTP/AVP 0'), local)).toBeDefined()
    expect(oa.acceptAnswer(remote('m=audio 9999 RTP/AVP 8'), local)).toBeUndefined()
    const fork = remote('m=audio 7000 RTP/AVP 8').replace('o=bob 5', 'o=carol 6')
    expect(oa.acceptAnswer(fork, local)).toMatchObject({ codec: PCMA, remote: { port: 7000 } })
  })

  test.each([
    ['D174 another number of sections', 'ERR_MEDIA_SDP', ['m=audio 6000 RTP/AVP 0', 'm=video 0 RTP/AVP 31']],
    ['D179 port 0', 'ERR_MEDIA_NO_CODEC', ['m=audio 0 RTP/AVP 0']],
    ['D179 only codecs we did not offer', 'ERR_MEDIA_NO_CODEC', ['m=audio 6000 RTP/AVP 18']],
  ])('refuses %s', (_what, code, lines) => {
    const oa = machine()
    oa.createOffer(local)
    expect(() => oa.acceptAnswer(remote(...lines), local)).toThrow(expect.objectContaining({ code }))
  })

  test('an offer of the peer after ours failed gives ours up', () => {
    const oa = machine()
    oa.createOffer(local)
    expect(oa.acceptOffer(remote('m=audio 6000 RTP/AVP 0'), local).agreed).toBeDefined()
    expect(oa.offering).toBe(false)
  })
})

test('D176 directions: both sides agree on one stream', () => {
  const all: Direction[] = ['sendrecv', 'sendonly', 'recvonly', 'inactive']
  for (const wish of all) {
    for (const peer of all) {
      expect(agreedDirection(wish, peer)).toBe(reverse(agreedDirection(peer, wish)))
    }
  }
})

test('A070 A071 event lists: ranges, single events, none at all, nonsense', () => {
  expect([...eventsOf('0-2,16')]).toEqual([0, 1, 2, 16])
  expect([...eventsOf(undefined)]).toEqual([...Array(16).keys()])
  expect([...eventsOf('nonsense')]).toEqual([])
  expect(eventsOf('0-999').size).toBe(256)
})
