import { ProxyAuthenticate, SipResponse, WwwAuthenticate } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import { bestResponse, mergeChallenges } from './best-response.ts'

const responses = (...statuses: number[]): SipResponse[] => statuses.map((status) => new SipResponse({ status }))

function challenge(status: number, name: string, ...realms: string[]): SipResponse {
  const response = new SipResponse({ status })
  for (const realm of realms) response.headers.append(name, `Digest realm="${realm}", nonce="n"`)
  return response
}

describe('bestResponse', () => {
  test.each([
    [[503, 407, 501, 404], 407],
    [[486, 404, 600], 600],
    [[302, 486], 302],
    [[486, 404], 486],
    [[404, 486], 404],
    [[486, 401], 401],
    [[486, 415], 415],
    [[404, 420], 420],
    [[404, 484], 484],
    [[487, 486], 486],
    [[482, 404], 404],
    [[408, 480], 480],
    [[503, 500], 500],
    [[503, 408], 408],
    [[503], 503],
  ])('R091 R091b of %s it is %i', (statuses, best) => {
    expect(bestResponse(responses(...statuses))?.status).toBe(best)
  })

  test('R091d of none there is none', () => {
    expect(bestResponse([])).toBeUndefined()
  })
})

test('R092 challenges of others are added in their order, and to nothing but a challenge', () => {
  const best = challenge(407, 'Proxy-Authenticate', 'a', 'b')
  const other = challenge(401, 'WWW-Authenticate', 'c', 'd')
  const [busy] = responses(486)
  mergeChallenges(best, [best, other, busy as SipResponse])
  expect(best.read(WwwAuthenticate).map(({ realm }) => realm)).toEqual(['c', 'd'])
  expect(best.read(ProxyAuthenticate).map(({ realm }) => realm)).toEqual(['a', 'b'])
  mergeChallenges(busy as SipResponse, [best, other])
  expect([busy?.read(WwwAuthenticate), busy?.read(ProxyAuthenticate)]).toEqual([[], []])
})
