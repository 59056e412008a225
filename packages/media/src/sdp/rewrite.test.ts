import { expect, test } from 'vitest'
import { parseSdp } from './parse.ts'
import { replaceMediaListen } from './rewrite.ts'

const lines = [
  'v=0',
  'o=- 9223372036854775807 1 IN IP4 10.0.0.1',
  's=-',
  'c=IN IP4 10.0.0.1',
  'b=X-YZ:128',
  't=0 0',
  'a=x-unknown:kept as it is',
  'm=audio 4000/2 RTP/AVP 0 8',
  'i=voice',
  'c=IN IP4 10.0.0.2',
  'b=AS:64',
  'a=rtcp:4009',
  'a=x-other',
  'm=video 0 RTP/AVP 31',
  'm=audio 5000 RTP/AVP 8',
]
const sdp = `${lines.join('\r\n')}\r\n`
const relay = { family: 'IP6', address: '2001:db8::9', port: 30000 } as const
const refused = expect.objectContaining({ code: 'ERR_MEDIA_SDP' })

test('A003 A023 puts in the relay and leaves every other line as it is', () => {
  const text = replaceMediaListen(sdp, [relay, undefined, { ...relay, port: 30002, rtcpPort: 40000 }])
  expect(text.split('\r\n')).toEqual([
    ...lines.slice(0, 7),
    'm=audio 30000 RTP/AVP 0 8',
    'i=voice',
    'c=IN IP6 2001:db8::9',
    'b=AS:64',
    'a=x-other',
    'm=video 0 RTP/AVP 31',
    'm=audio 30002 RTP/AVP 8',
    'c=IN IP6 2001:db8::9',
    'a=rtcp:40000',
    '',
  ])
  expect(parseSdp(text).media.map(({ port }) => port)).toEqual([30000, 0, 30002])
})

test('A023 the number of replacements must be that of the sections', () => {
  expect(() => replaceMediaListen(sdp, [relay, relay])).toThrow(refused)
  expect(() => replaceMediaListen(sdp, [relay, relay, undefined])).toThrow(refused)
  expect(replaceMediaListen(sdp, [relay, relay, relay])).toContain('m=video 0 ')
})

test('A021 an address that would inject a line is refused', () => {
  const evil = { ...relay, address: '::1\r\na=evil' }
  expect(() => replaceMediaListen(sdp, [evil, evil, evil])).toThrow(refused)
})
