import type { SipMessage, SipRequest, SipResponse } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import { Party, RawPeer, World } from '../testing/pair.ts'

function accept(invite: SipRequest, tag: string, recordRoute?: string): SipResponse {
  const headers = { Contact: `<sip:${tag}@10.0.0.2>`, 'Record-Route': recordRoute }
  return invite.createResponse(200, { toTag: tag, headers })
}

/** A call of alice that she has ended, and the peer that can still answer its INVITE. */
async function afterCall(
  recordRoute?: string,
): Promise<{ world: World; alice: Party; peer: RawPeer; answer: (tag: string) => void }> {
  const world = new World()
  const alice = new Party(world, 'alice')
  const peer = new RawPeer(world, 'bob', (message: SipMessage, self) => {
    if (message.type !== 'request') return
    if (message.method === 'INVITE') self.send(accept(message, 'one', recordRoute), 'alice')
    if (message.method === 'BYE') self.send(message.createResponse(200), 'alice')
  })
  const ctx = alice.endpoint.invite({ from: alice.uri, to: peer.uri })
  await world.pass(100)
  alice.endpoint.newRequest('BYE', ctx)
  await world.pass(100)
  expect(ctx.state).toBe('closed')
  const invite = peer.requests('INVITE')[0] as SipRequest
  return { world, alice, peer, answer: (tag) => peer.send(accept(invite, tag, recordRoute), 'alice') }
}

describe('an INVITE whose call is over', () => {
  test('D120 a 2xx that comes again gets the same ACK again', async () => {
    const { world, peer, answer } = await afterCall()
    answer('one')
    await world.pass(100)
    const acks = peer.requests('ACK')
    expect(acks).toHaveLength(2)
    expect(acks[1]?.toString()).toBe(acks[0]?.toString())
    expect(peer.requests('BYE')).toHaveLength(1)
  })

  test('D120 by way of a strict router, too', async () => {
    // The first Route left names a host that nobody has.
    const { world, peer, answer } = await afterCall('<sip:10.0.0.99;lr>, <sip:10.0.0.2>')
    answer('one')
    await world.pass(100)
    const acks = peer.requests('ACK')
    expect(acks.map((ack) => ack.toString())).toEqual([acks[0]?.toString(), acks[0]?.toString()])
    expect(acks[0]?.uri.toString()).toBe('sip:10.0.0.2')
  })

  test('D099 D124 a fork that answers only now gets ACK and BYE, once, and nothing is left of it', async () => {
    const { world, alice, peer, answer } = await afterCall()
    answer('two')
    answer('two')
    await world.pass(100)
    expect(peer.requests('ACK').map((ack) => ack.to.tag)).toEqual(['one', 'two', 'two'])
    expect(peer.requests('BYE').map((bye) => [bye.to.tag, bye.uri.toString()])).toEqual([
      ['one', 'sip:one@10.0.0.2'],
      ['two', 'sip:two@10.0.0.2'],
    ])
    expect(alice.errors).toEqual([])
    await world.pass(70_000)
    expect(alice.endpoint.stats()).toMatchObject({ contexts: 0, dialogs: 0 })
    expect(alice.endpoint.dispatcher.stats().transactions.total).toBe(0)
  })
})
